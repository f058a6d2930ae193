/** Within this time so many restarts are made at once; a process that dies more often waits. */
export const FREE_RESTARTS = 5;
export const FREE_WINDOW_MS = 60_000;
export const MAX_RESTART_DELAY_MS = 30_000;
const FIRST_DELAY_MS = 1_000;

/**
 * How long to wait before a process that has just died is started again: nothing for the first five deaths
 * in a minute, then 1 s, doubled with each further one, up to 30 s.
 *
 * @param deaths when it died, this time included, in ascending order, ms of any clock
 * @returns milliseconds
 */
export function restartDelay(deaths: readonly number[]): number {
  const beyond = crowded(deaths) - FREE_RESTARTS;
  return beyond <= 0 ? 0 : Math.min(MAX_RESTART_DELAY_MS, FIRST_DELAY_MS * 2 ** (beyond - 1));
}

/** The deaths of the last stretch: each at most a window after the one before, so that waits do not reset it. */
function crowded(deaths: readonly number[]): number {
  let count = 0;
  for (let index = deaths.length - 1; index >= 0; index -= 1) {
    const [death, next] = [deaths[index], deaths[index + 1]];
    if (death === undefined || (next !== undefined && next - death > FREE_WINDOW_MS)) {
      break;
    }
    count += 1;
  }
  return count;
}
