import type { Evidence, JobRow, RunRow } from '../evidence/evidence.ts';
import { earliestEdit, editsOf } from './edits-of.ts';
import { type ExpectedTick, expectedTicks, type IsCovered } from './expected-ticks.ts';
import { groupBy } from './group-by.ts';
import { createTicksOf } from './ticks-of.ts';
import type { Violation } from './violation.ts';

/** AD-4: a tick that is not later than this is run, whatever else has come. */
const lateMs = 60_000;

const instant = (at: number) => new Date(at).toISOString();

/** C1: each nominal tick has one row, of the revision that was in force, and no row stands for what is no tick. */
export function checkTicks({ jobs, revisions, runs, history }: Evidence): Violation[] {
  const byJob = groupBy(revisions, ({ jobId }) => jobId);
  const ofJob = groupBy(
    runs.filter(({ cause }) => cause === 'schedule'),
    ({ jobId }) => jobId,
  );
  const edits = editsOf(history);
  const instants = revisions.map(({ createdAt }) => createdAt);
  const ends = jobs.map(({ deletedAt }) => deletedAt ?? 0);
  const endsAt = ends.concat(instants).reduce((latest, at) => Math.max(latest, at), 0);
  const startsAt = instants.reduce((earliest, at) => Math.min(earliest, at), endsAt);
  const ticksOf = createTicksOf(startsAt, endsAt);
  return jobs.flatMap((job) => {
    const earliestOf = (writtenAt: number) => earliestEdit(edits.get(job.slug) ?? [], writtenAt);
    const expect = (isCovered: IsCovered) =>
      expectedTicks(job, byJob.get(job.id) ?? [], isCovered, ticksOf, earliestOf, endsAt);
    // Under `latest` a newer run takes the place of one that waits, however short it has waited.
    const isLatest = (byJob.get(job.id) ?? []).some(({ document }) => document.overlap === 'latest');
    return checkJob(job, ofJob.get(job.id) ?? [], isLatest, expect);
  });
}

function checkJob(
  job: JobRow,
  rows: readonly RunRow[],
  isLatest: boolean,
  expect: (isCovered: IsCovered) => ExpectedTick[],
): Violation[] {
  const wrong: Violation[] = [];
  const ranges = rows.filter((row) => row.tickUntil !== null);
  const singles = new Map(rows.filter((row) => row.tickUntil === null).map((row) => [row.tickAt, row]));
  const rangesOf = (tickAt: number) => ranges.filter((range) => covers(range, tickAt));
  const isCovered = ({ tickAt, revision }: ExpectedTick) => {
    const row = singles.get(tickAt);
    if (row !== undefined && isEarly(row)) return 'either';
    return row?.revision === revision || rangesOf(tickAt).some((range) => isOf(range, revision));
  };
  const expected = expect(isCovered);

  const violation = (what: string, tickAt: number): Violation => ({
    invariant: 'C1',
    subject: `${job.slug} ${instant(tickAt)}`,
    what: `${what}: job ${job.slug} (${job.id}) at ${instant(tickAt)}`,
  });
  for (const tick of expected) {
    const { tickAt, revision } = tick;
    const count = (singles.has(tickAt) ? 1 : 0) + rangesOf(tickAt).length;
    if (count === 0) wrong.push(violation('a tick without a ledger row', tickAt));
    else if (count > 1) wrong.push(violation(`a tick with ${count} ledger rows`, tickAt));
    else if (!isCovered(tick)) {
      wrong.push(violation(`a tick of revision ${revision} with a row of another`, tickAt));
    }
  }
  const known = new Set(expected.map(({ tickAt }) => tickAt));
  for (const row of singles.values()) {
    if (row.tickAt === null || known.has(row.tickAt) || isEarly(row)) continue;
    wrong.push(violation(`a row (${row.id}) for what is no tick`, row.tickAt));
  }
  for (const { tickAt, state, reason, settledAt } of singles.values()) {
    const afterMs = (settledAt ?? 0) - (tickAt ?? 0);
    if (state !== 'missed' || tickAt === null || afterMs > lateMs || isLatest) continue;
    wrong.push(violation(`a tick given up as ${reason} after ${afterMs} ms`, tickAt));
  }
  for (const range of ranges.filter(({ reason }) => reason !== 'blocked_config')) {
    const count = expected.filter(({ tickAt }) => covers(range, tickAt)).length;
    if (count === range.tickCount) continue;
    const what = `a range row (${range.id}) that counts ${range.tickCount} of ${count} ticks`;
    wrong.push(violation(what, range.tickAt ?? 0));
  }
  return wrong;
}

/** A range row is of one revision: an edit closes it. Only a gap that an edit heals is told of by the edit after it. */
function isOf(range: RunRow, revision: number): boolean {
  return range.revision === revision || range.reason === 'blocked_config';
}

function covers({ tickAt: from, tickUntil }: RunRow, tickAt: number): boolean {
  return from !== null && tickUntil !== null && from <= tickAt && tickAt <= tickUntil;
}

/** ED-1: settled before its tick came (somebody cancelled it): the row stays, whatever becomes of the schedule. */
function isEarly({ settledAt, tickAt }: RunRow): boolean {
  return settledAt !== null && tickAt !== null && settledAt < tickAt;
}
