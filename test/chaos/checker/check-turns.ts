import type { Evidence } from '../evidence/evidence.ts';
import type { Mark } from '../inside/note.ts';
import { groupBy } from './group-by.ts';
import type { Violation } from './violation.ts';

type TurnMark = Extract<Mark, { place: string }>;

/** What one attempt's turn said of itself, from its first mark to its last. */
interface Turn {
  readonly runId: string;
  readonly attempt: number;
  readonly from: number;
  readonly to: number;
  readonly marks: readonly TurnMark[];
}

/** The sink's clock goes in steps of 10 ms, and is compared with another. */
const clockMs = 50;

/** C2: what turns say of themselves: none starts twice, none is at work together with what must not overlap it. */
export function checkTurns(evidence: Evidence): Violation[] {
  const turns = turnsOf(evidence.marks);
  return [
    ...checkCounts(turns, evidence),
    ...checkEffects(turns, evidence),
    ...checkAttemptsApart(turns),
    ...checkJobsApart(turns, evidence),
  ];
}

function c2(runId: string, what: string): Violation {
  return { invariant: 'C2', subject: runId, what };
}

function turnsOf(marks: readonly Mark[]): Turn[] {
  const own = marks.filter((mark): mark is TurnMark => 'place' in mark);
  return [...groupBy(own, ({ runId, attempt }) => `${runId} ${attempt}`).values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const times = group.map(({ at }) => at);
    const { runId, attempt } = first;
    return [{ runId, attempt, from: Math.min(...times), to: Math.max(...times), marks: group }];
  });
}

function checkCounts(turns: readonly Turn[], { attempts }: Evidence): Violation[] {
  const ledger = new Map(attempts.map((row) => [`${row.runId} ${row.number}`, row]));
  return turns.flatMap(({ runId, attempt, marks }) => {
    const count = (kind: TurnMark['kind']) => marks.filter((mark) => mark.kind === kind).length;
    const row = ledger.get(`${runId} ${attempt}`);
    const which = `run ${runId} attempt ${attempt}`;
    return [
      ...(count('start') > 1 ? [c2(runId, `${which} started ${count('start')} times`)] : []),
      ...(count('effect') > 1 ? [c2(runId, `${which} had its effect ${count('effect')} times`)] : []),
      ...(row === undefined ? [c2(runId, `${which} was carried out and is not in the ledger`)] : []),
      ...(row?.outcome === 'handed_back'
        ? [c2(runId, `${which} was carried out and handed back as never started`)]
        : []),
    ];
  });
}

/** A run that succeeded has had its effect, in the attempt that is its last. */
function checkEffects(turns: readonly Turn[], { runs }: Evidence): Violation[] {
  const effective = new Set(
    turns
      .filter(({ marks }) => marks.some(({ kind }) => kind === 'effect'))
      .map(({ runId, attempt }) => `${runId} ${attempt}`),
  );
  return runs
    .filter(({ id, state, attempt }) => state === 'succeeded' && !effective.has(`${id} ${attempt}`))
    .map(({ id, attempt }) => c2(id, `run ${id} succeeded with attempt ${attempt}, which had no effect`));
}

function checkAttemptsApart(turns: readonly Turn[]): Violation[] {
  return [...groupBy(turns, ({ runId }) => runId).values()].flatMap((ofRun) =>
    overlaps(ofRun).map(([earlier, later]) =>
      c2(
        later.runId,
        `run ${later.runId}: attempt ${earlier.attempt} was at work ${earlier.to - later.from} ms after attempt ${later.attempt} had started`,
      ),
    ),
  );
}

/** Runs of a job that has never been `allow`. */
function checkJobsApart(turns: readonly Turn[], { runs, revisions, jobs }: Evidence): Violation[] {
  const open = new Set(
    revisions.filter(({ document }) => document.overlap === 'allow').map(({ jobId }) => jobId),
  );
  const slugs = new Map(jobs.map(({ id, slug }) => [id, slug]));
  const jobOf = new Map(runs.map(({ id, jobId }) => [id, jobId]));
  const closed = turns.filter(({ runId }) => {
    const jobId = jobOf.get(runId);
    return jobId !== undefined && !open.has(jobId);
  });
  return [...groupBy(closed, ({ runId }) => jobOf.get(runId))].flatMap(([jobId, ofJob]) =>
    overlaps(ofJob)
      .filter(([earlier, later]) => earlier.runId !== later.runId)
      .map(([earlier, later]) =>
        c2(
          later.runId,
          `${slugs.get(jobId ?? '')} is not allow: run ${later.runId} started while ${earlier.runId} was at work for ${earlier.to - later.from} ms more`,
        ),
      ),
  );
}

/** Each turn that starts before one that started earlier was last seen at work, with the latest of those. */
function overlaps(turns: readonly Turn[]): [Turn, Turn][] {
  const found: [Turn, Turn][] = [];
  let latest: Turn | undefined;
  for (const turn of [...turns].sort((left, right) => left.from - right.from)) {
    if (latest !== undefined && turn.from < latest.to - clockMs) found.push([latest, turn]);
    if (latest === undefined || turn.to > latest.to) latest = turn;
  }
  return found;
}
