import type { FoldPolicy, GapPolicy, Tick } from './tick.ts';
import { type Span, spansFrom } from './zone-spans.ts';

/**
 * Times on a wall clock, and how they become instants. A wall time is written as the epoch milliseconds at which UTC
 * clocks would show it.
 */
export interface WallTimes {
  readonly zone: string;
  readonly gap: GapPolicy;
  readonly fold: FoldPolicy;
  /** Times that are meant once a day follow the policies; others fire whenever a clock shows them. */
  readonly isFixed: boolean;
  /** The wall times in [from, until), ascending. */
  between(from: number, until: number): Iterable<number>;
}

/**
 * The instants of wall times from `startAt` on (included), ascending, each one once. Ends where `searchMs` pass
 * without one.
 */
export function* wallTicks(times: WallTimes, startAt: number, searchMs: number): Generator<Tick> {
  let giveUpAt = startAt + searchMs;
  for (const span of spansFrom(times.zone, startAt)) {
    if (span.from > giveUpAt) return;
    for (const tick of ticksInSpan(times, span, Math.max(startAt, span.from))) {
      giveUpAt = tick.tickAt + searchMs;
      yield tick;
    }
  }
}

function ticksInSpan(times: WallTimes, span: Span, startAt: number): Iterable<Tick> {
  const shown = shownTicks(times, span, startAt);
  const hasGap = span.offsetBeforeMs < span.offsetMs;
  return hasGap && times.isFixed && times.gap !== 'skip'
    ? merge(shown, movedTicks(times, span, startAt))
    : shown;
}

/** Ticks at which a clock really shows the time. */
function* shownTicks(times: WallTimes, span: Span, startAt: number): Generator<Tick> {
  const { offsetMs, until } = span;
  const firstPassFrom = until + span.offsetAfterMs;
  const secondPassUntil = span.from + span.offsetBeforeMs;
  const start = startAt + offsetMs;
  const once = times.isFixed && times.fold === 'first';
  for (const wall of times.between(once ? Math.max(start, secondPassUntil) : start, until + offsetMs)) {
    const comesTwice = wall < secondPassUntil || wall >= firstPassFrom;
    yield { tickAt: wall - offsetMs, note: comesTwice ? 'fold' : null };
  }
}

/** Ticks whose wall time fell into the gap at the start of `span`. */
function* movedTicks(times: WallTimes, span: Span, startAt: number): Generator<Tick> {
  const missing = times.between(span.from + span.offsetBeforeMs, span.from + span.offsetMs);
  for (const wall of missing) {
    // Reading the missing time by the old offset puts it as far behind the change as it lay inside the gap.
    const tickAt = times.gap === 'shift' ? wall - span.offsetBeforeMs : span.from;
    if (tickAt >= startAt) yield { tickAt, note: 'gap' };
    if (times.gap === 'run-after') return;
  }
}

/** Two ascending sequences as one; of two ticks on one instant the moved one stays, so that odd days show. */
function* merge(shown: Iterator<Tick>, moved: Iterator<Tick>): Generator<Tick> {
  let next = shown.next();
  let odd = moved.next();
  while (!next.done || !odd.done) {
    const nextAt = next.done ? Number.POSITIVE_INFINITY : next.value.tickAt;
    const oddAt = odd.done ? Number.POSITIVE_INFINITY : odd.value.tickAt;
    if (!odd.done && oddAt <= nextAt) yield odd.value;
    else if (!next.done) yield next.value;
    if (nextAt <= oddAt) next = shown.next();
    if (oddAt <= nextAt) odd = moved.next();
  }
}
