import type { AttemptRow, Evidence } from '../evidence/evidence.ts';
import type { Mark } from '../inside/note.ts';
import { groupBy } from './group-by.ts';
import type { Violation } from './violation.ts';

type Claimed = Extract<Mark, { kind: 'claimed' }>;
type Settled = Extract<Mark, { kind: 'settled' }>;

/** Both figures come from the database's clock; a death is committed a moment after it was dated. */
const commitMs = 250;

/** C2: each attempt has one claim, one start and one accepted result, and a reason to follow the one before. */
export function checkAttempts(evidence: Evidence): Violation[] {
  return [
    ...checkClaims(evidence),
    ...checkDeclined(evidence),
    ...checkResults(evidence),
    ...checkFences(evidence),
    ...checkSuccessions(evidence),
    ...checkOutcomes(evidence),
    ...checkUnsaid(evidence),
    ...checkUnstarted(evidence),
  ];
}

function c2(runId: string, what: string): Violation {
  return { invariant: 'C2', subject: runId, what };
}

const attemptOf = ({ runId, attempt }: { runId: string; attempt: number }) => `${runId} attempt ${attempt}`;
const nameOf = ({ runId, number }: AttemptRow) => attemptOf({ runId, attempt: number });

/** CL-2: a claim starts the attempt after the one that it was offered. ID-2: no number is handed out for two. */
function checkClaims({ marks }: Evidence): Violation[] {
  const claims = marks.filter((mark): mark is Claimed => mark.kind === 'claimed');
  const stale = claims.filter(({ offered, attempt }) => attempt !== offered + 1);
  const twice = [...groupBy(claims, attemptOf).values()].filter(({ length }) => length > 1);
  const numbers = [...groupBy(claims, ({ handOut }) => handOut)].filter(
    ([, same]) => new Set(same.map(attemptOf)).size > 1,
  );
  return [
    ...stale.map((claim) =>
      c2(claim.runId, `a message for the attempt after ${claim.offered} started run ${attemptOf(claim)}`),
    ),
    ...twice.map(([first, ...rest]) =>
      c2(first?.runId ?? '', `run ${first && attemptOf(first)} was claimed ${rest.length + 1} times`),
    ),
    ...numbers.map(([number, [first]]) =>
      c2(first?.runId ?? '', `hand-out ${number} of run ${first?.runId} was used for several attempts`),
    ),
  ];
}

/** CL-3: who has got a run is not told that it is somebody else's. */
function checkDeclined({ marks, attempts }: Evidence): Violation[] {
  const got = new Map(attempts.map((row) => [row.claimToken, row]));
  return marks.flatMap((mark) => {
    const row = mark.kind === 'declined' ? got.get(mark.token) : undefined;
    if (row === undefined || (row.endedAt !== null && row.endedAt <= mark.at)) return [];
    return [c2(row.runId, `run ${row.runId} attempt ${row.number}: its own claim was declined`)];
  });
}

/** SE-1: one result for each attempt, and the ledger has the one that was accepted. */
function checkResults({ marks, attempts }: Evidence): Violation[] {
  const ledger = new Map(attempts.map((row) => [nameOf(row), row]));
  const accepted = marks.filter(
    (mark): mark is Settled =>
      mark.kind === 'settled' && ['settled', 'requeued', 'accepted'].includes(mark.answer),
  );
  return [...groupBy(accepted, attemptOf)].flatMap(([attempt, results]) => {
    const [first] = results;
    if (first === undefined) return [];
    if (results.length > 1)
      return [c2(first.runId, `${results.length} results of run ${attempt} were accepted`)];
    const row = ledger.get(attempt);
    if (row?.outcome === first.outcome) return [];
    return [
      c2(first.runId, `run ${attempt}: "${first.outcome}" was accepted, the ledger has "${row?.outcome}"`),
    ];
  });
}

/** SE-1: only the worker brings an exit code, and so it is told when its own was taken. */
function checkUnsaid({ marks, attempts }: Evidence): Violation[] {
  const exited = new Set(attempts.filter(({ outcome }) => outcome === 'exited').map(nameOf));
  return marks
    .filter((mark): mark is Settled => mark.kind === 'settled' && mark.answer === 'stale')
    .filter((mark) => mark.outcome === 'exited' && exited.has(attemptOf(mark)))
    .map((mark) =>
      c2(mark.runId, `run ${attemptOf(mark)}: the ledger has the result, and told its worker no`),
    );
}

/** AD-2: what has started comes to an end of its own. */
function checkUnstarted({ runs }: Evidence): Violation[] {
  return runs
    .filter(({ state, attempt }) => (state === 'skipped' || state === 'missed') && attempt > 0)
    .map(({ id, state, reason, attempt }) =>
      c2(id, `run ${id} is ${state} (${reason}) after ${attempt} attempts`),
    );
}

/** LV-6: nothing is accepted from a worker that was declared dead before. */
function checkFences({ attempts, workers }: Evidence): Violation[] {
  const deaths = new Map(
    workers.flatMap(({ id, state, endedAt }) =>
      state === 'dead' && endedAt !== null ? [[id, endedAt]] : [],
    ),
  );
  return attempts.flatMap((row) => {
    const diedAt = deaths.get(row.workerId) ?? Number.POSITIVE_INFINITY;
    if (row.outcome === 'lost' || row.endedAt === null || row.endedAt <= diedAt + commitMs) return [];
    const lateMs = row.endedAt - diedAt;
    return [
      c2(
        row.runId,
        `run ${row.runId} attempt ${row.number}: "${row.outcome}" of a worker dead for ${lateMs} ms`,
      ),
    ];
  });
}

/** An attempt follows only one that failed, or that the platform lost and the job's guarantee lets run again. */
function checkSuccessions({ attempts, runs, revisions }: Evidence): Violation[] {
  const guarantees = new Map(
    revisions.map(({ jobId, revision, document }) => [`${jobId} ${revision}`, document.guarantee]),
  );
  const known = new Map(runs.map((run) => [run.id, run]));
  return [...groupBy(attempts, ({ runId }) => runId)].flatMap(([runId, rows]) => {
    const run = known.get(runId);
    const guarantee = guarantees.get(`${run?.jobId} ${run?.revision}`);
    return rows.slice(0, -1).flatMap((row) => {
      if (mayFollow(row, guarantee === 'at-least-once')) return [];
      const end = `${row.outcome}${row.exitCode === null ? '' : ` ${row.exitCode}`}`;
      return [
        c2(runId, `run ${runId} (${guarantee}) has another attempt after ${row.number} ended as "${end}"`),
      ];
    });
  });
}

/** Ends that no turn of the load comes to by itself: what others did to it would be told as its own failure. */
const foreign: readonly (string | null)[] = [
  'signalled',
  'timed_out',
  'output_limit',
  'misconfigured',
  'unstorable_output',
];

/** GD-4, SE-2: the turns of the load end by their exit codes alone. */
function checkOutcomes({ attempts }: Evidence): Violation[] {
  return attempts
    .filter(({ outcome }) => foreign.includes(outcome))
    .map(({ runId, number, outcome }) =>
      c2(
        runId,
        `run ${runId} attempt ${number} is said to have ended as "${outcome}", which its turn never does`,
      ),
    );
}

function mayFollow({ outcome, exitCode }: AttemptRow, isRepeatable: boolean): boolean {
  if (outcome === 'exited') return exitCode !== 0;
  if (outcome === 'handed_back') return true;
  return isRepeatable && (outcome === 'lost' || outcome === 'fenced' || outcome === 'drained');
}
