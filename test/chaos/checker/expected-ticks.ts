import type { JobRow, RevisionRow } from '../evidence/evidence.ts';
import type { TicksOf } from './ticks-of.ts';

export interface ExpectedTick {
  readonly tickAt: number;
  readonly revision: number;
}

/**
 * Whether the ledger has a row for a tick as of a revision, which tells on which side of an edit the tick fell;
 * `either` where a row says nothing of it.
 */
export type IsCovered = (tick: ExpectedTick) => boolean | 'either';

/**
 * The earliest instant at which the edit that was written at this one may have taken effect: one of its transaction that
 * nobody wrote down.
 */
export type EarliestOf = (writtenAt: number) => number;

interface Span {
  readonly revision: number;
  /** In force from some instant in (earliest, latest] on. */
  readonly earliest: number;
  readonly latest: number;
  ticks(after: number, until: number): ExpectedTick[];
}

/**
 * ED-1: all ticks of a job, each as of the revision that was in force. Where an edit came within a few milliseconds of
 * a tick, the instant is looked for with which the ledger agrees: there must be one.
 */
export function expectedTicks(
  job: JobRow,
  revisions: readonly RevisionRow[],
  isCovered: IsCovered,
  ticksOf: TicksOf,
  earliestOf: EarliestOf,
  endsAt: number,
): ExpectedTick[] {
  const spans = spansOf(job, revisions, ticksOf, earliestOf, endsAt);
  const expected: ExpectedTick[] = [];
  let from = Number.NEGATIVE_INFINITY;
  for (const [index, span] of spans.entries()) {
    const before = spans[index - 1];
    const cut = before === undefined ? findCut(none, span, isCovered) : findCut(before, span, isCovered);
    if (before !== undefined) expected.push(...before.ticks(from, cut));
    from = cut;
  }
  return expected;
}

/** What a job is before its first revision, and after its end. */
const none = { ticks: (): ExpectedTick[] => [] };

function spansOf(
  job: JobRow,
  revisions: readonly RevisionRow[],
  ticksOf: TicksOf,
  earliestOf: EarliestOf,
  endsAt: number,
): Span[] {
  const ends = [...revisions.map(({ createdAt }) => createdAt), job.deletedAt ?? endsAt];
  const spans = revisions.map(({ revision, document }, index): Span => {
    const { enabled, schedule } = document;
    const latest = ends[index] ?? endsAt;
    const ticks = (after: number, until: number) =>
      enabled && schedule !== undefined
        ? ticksOf(schedule, after, until).map((tickAt) => ({ tickAt, revision }))
        : [];
    return { revision, latest, earliest: Math.max(earliestOf(latest), ends[index - 1] ?? 0), ticks };
  });
  const latest = ends.at(-1) ?? endsAt;
  const earliest = Math.max(earliestOf(latest), ends.at(-2) ?? 0);
  return [...spans, { revision: 0, latest, earliest, ...none }];
}

/** The instant of an edit with which the fewest rows disagree. */
function findCut(before: Pick<Span, 'ticks'>, span: Span, isCovered: IsCovered): number {
  const { earliest, latest } = span;
  const old = before.ticks(earliest, latest);
  const fresh = span.ticks(earliest, latest);
  const candidates = [earliest, ...[...old, ...fresh].map(({ tickAt }) => tickAt), latest];
  const disagrees = (tick: ExpectedTick, isExpected: boolean) => isCovered(tick) === !isExpected;
  const disagreements = (cut: number) =>
    old.filter((tick) => disagrees(tick, tick.tickAt <= cut)).length +
    fresh.filter((tick) => disagrees(tick, tick.tickAt > cut)).length;
  const best = candidates.reduce(
    (best, cut) => (disagreements(cut) < disagreements(best) ? cut : best),
    latest,
  );
  return best;
}
