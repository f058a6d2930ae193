/** Daemons lie in sbin, which the PATH of a normal user often lacks; Homebrew has a place of its own. */
const placesOfDaemons = ['/usr/local/bin', '/usr/local/sbin', '/usr/bin', '/usr/sbin', '/opt/homebrew/bin'];

/** PATH, and after it the usual places of daemons. */
export function searchPath(): string {
  const path = process.env['PATH'] ?? '';
  return [...path.split(':').filter((place) => place !== ''), ...placesOfDaemons].join(':');
}
