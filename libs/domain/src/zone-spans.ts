import { remembered } from './remembered.ts';
import { offsetAt } from './zone.ts';

/** A stretch of time in which a zone's offset does not change. Instants in epoch milliseconds, `until` excluded. */
export interface Span {
  readonly from: number;
  readonly until: number;
  readonly offsetMs: number;
  /** The offset just before `from`: less than `offsetMs` where clocks were put forward (a gap), more where back. */
  readonly offsetBeforeMs: number;
  /** The offset at `until`. */
  readonly offsetAfterMs: number;
}

/**
 * Between two changes of one zone lie 7 days or more, in all time zone data since 1970: a probe each 5 days misses
 * none.
 */
const probeMs = 5 * 86_400_000;

/** Years of zones kept in memory: a few hundred bytes each. */
const maxZoneYears = 4_096;

/**
 * Years are cut on 18 August, since no zone has changed its clocks within two days of it since 1970: a gap or a fold
 * and the hours that it moves always lie in one year.
 */
function yearStart(year: number): number {
  return Date.UTC(year, 7, 18);
}

/** The spans of `zone` in ascending order, beginning with the one that contains `instant`. Never ends by itself. */
export function* spansFrom(zone: string, instant: number): Generator<Span, never> {
  const year = new Date(instant).getUTCFullYear();
  for (let next = instant < yearStart(year) ? year - 1 : year; ; next++) {
    for (const span of spansOfYear(zone, next)) if (span.until > instant) yield span;
  }
}

const spansOfYear = remembered(maxZoneYears, (zone: string, year: number): readonly Span[] => {
  const changes = changesOfYear(zone, year);
  return changes.map(({ at, offsetMs }, index) => {
    const next = changes[index + 1];
    return {
      from: at,
      until: next?.at ?? yearStart(year + 1),
      offsetMs,
      offsetBeforeMs: changes[index - 1]?.offsetMs ?? offsetMs,
      offsetAfterMs: next?.offsetMs ?? offsetMs,
    };
  });
});

interface Change {
  readonly at: number;
  readonly offsetMs: number;
}

/** The year's start and each change of the offset in it. */
function changesOfYear(zone: string, year: number): Change[] {
  const end = yearStart(year + 1);
  let offsetMs = offsetAt(zone, yearStart(year));
  const changes: Change[] = [{ at: yearStart(year), offsetMs }];
  for (let from = yearStart(year); from < end; from += probeMs) {
    const until = Math.min(from + probeMs, end);
    const offsetThen = offsetAt(zone, until);
    if (offsetThen === offsetMs) continue;
    changes.push({ at: changeBetween(zone, from, until), offsetMs: offsetThen });
    offsetMs = offsetThen;
  }
  return changes;
}

/** The first whole second in (from, until] whose offset is no more that of `from`. */
function changeBetween(zone: string, from: number, until: number): number {
  const offsetMs = offsetAt(zone, from);
  let same = from;
  let changed = until;
  while (changed - same > 1_000) {
    const middle = same + Math.floor((changed - same) / 2_000) * 1_000;
    if (offsetAt(zone, middle) === offsetMs) same = middle;
    else changed = middle;
  }
  return changed;
}
