import { type Finding, fine, wrong } from './finding.ts';

/** Governments change the rules of zones several times a year. */
const oldestYears = 2;

/**
 * Whether the rules of zones on this host are a thing of the past.
 *
 * @param versions `tz` as in `2025c`; what the runtime does not say cannot be judged
 * @param now epoch milliseconds
 */
export function checkTzdata(
  versions: { readonly tz?: string | undefined; readonly icu?: string | undefined },
  now: number,
): Finding {
  const says = `time zone data is ${versions.tz ?? 'of unknown age'} (ICU ${versions.icu ?? 'unknown'})`;
  const year = Number.parseInt(versions.tz ?? '', 10);
  return new Date(now).getUTCFullYear() - year > oldestYears
    ? wrong('tzdata', says, 'update Node wherever a scheduler or an API runs')
    : fine('tzdata', says);
}
