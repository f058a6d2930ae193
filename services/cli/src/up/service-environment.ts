import type { Environment } from '@flotilla/runtime';
import { isCredential } from '../credentials.ts';

const ALLOWED = ['PATH', 'HOME', 'USER', 'SHELL', 'LANG', 'TZ', 'TMPDIR'];
const ALLOWED_PREFIXES = ['LC_', 'FLOTILLA_'];

/**
 * What a service inherits: an allow-list, because a turn can read its worker's environment. Credentials are
 * not on it; they come as files, named in `additions`.
 */
export function serviceEnvironment(
  environment: Environment,
  additions: Readonly<Record<string, string>>,
): Record<string, string> {
  const inherited = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined &&
      !isCredential(entry[0]) &&
      (ALLOWED.includes(entry[0]) || ALLOWED_PREFIXES.some((prefix) => entry[0].startsWith(prefix))),
  );
  return { ...Object.fromEntries(inherited), ...additions };
}
