import {
  admitBatch,
  type Cause,
  noCatchUp,
  type OfferedRun,
  type Overlap,
  type Pause,
  type RunState,
  resolveCatchUp,
  type ScheduleDocument,
  type SettledState,
} from '@flotilla/domain';
import type { Session, Store } from './connect.ts';
import {
  claimUngated,
  lockGates,
  lockOfferedRuns,
  readAdmissionFacts,
  settleUnstarted,
  startRuns,
} from './sql/claim.ts';
import type { WorkerView } from './workers.ts';

/** CL-1: runs that one claim takes at most. */
export const claimBatch = 100;

/** CL-3: one try at a run. The token makes the try repeatable: whoever asks again gets the same answer. */
export interface Claim {
  readonly runId: string;
  /** The run's attempt when it was handed out; the claimed one is the next. */
  readonly attempt: number;
  readonly token: string;
}

/** A run that is this worker's now. */
export interface ClaimedRun {
  readonly runId: string;
  /** Of the try that got the run: a run that is offered twice is started for one of the two. */
  readonly token: string;
  readonly jobId: string;
  readonly attempt: number;
  readonly revision: number;
  readonly cause: Cause;
  readonly tickAt: number | null;
  readonly dueAt: number;
  readonly idempotencyKey: string;
  readonly parentId: string | null;
}

export type ClaimResult =
  | { readonly kind: 'started'; readonly run: ClaimedRun }
  | { readonly kind: 'notYet'; readonly dueAt: number }
  | { readonly kind: 'settled'; readonly state: SettledState }
  /** Somebody else has moved the run on. */
  | { readonly kind: 'stale' }
  /** Locked by somebody, or changed meanwhile: ask again with the same token. */
  | { readonly kind: 'undecided' }
  /** This worker is not alive in the ledger: it may start nothing. */
  | { readonly kind: 'refused' };

interface FactRow {
  readonly runId: string;
  readonly jobId: string;
  readonly state: RunState;
  readonly attempt: number;
  readonly cause: Cause;
  readonly tickAt: number | null;
  readonly dueAt: number;
  readonly workerId: string | null;
  readonly claimToken: string | null;
  readonly jobDeleted: boolean;
  readonly overlap: Overlap;
  readonly catchUp: ScheduleDocument['catchUp'] | null;
  readonly pause: Pause | null;
  readonly othersStarted: number;
  readonly newerTicks: number;
  readonly workerState: WorkerView['state'] | null;
  readonly now: number;
}

/**
 * Claims up to `claimBatch` runs for a worker. One result for each, by run id; of two claims of one run in a batch the
 * first is asked, and the result is that of its token.
 */
export async function claimRuns(
  store: Store,
  workerId: string,
  offered: readonly Claim[],
): Promise<ReadonlyMap<string, ClaimResult>> {
  const claims = offered.filter(
    ({ runId }, index) => offered.findIndex((other) => other.runId === runId) === index,
  );
  const results = new Map<string, ClaimResult>();
  const started = await store.ask<ClaimedRun>(claimUngated, [...columns(claims), workerId]);
  for (const run of started) results.set(run.runId, { kind: 'started', run });
  const left = claims.filter((claim) => !results.has(claim.runId));
  if (left.length === 0) return results;
  for (const [runId, result] of await claimGated(store, workerId, left)) results.set(runId, result);
  return results;
}

/** CL-1, the long way: gates; runs; facts; the pure decision; one write. */
function claimGated(
  store: Store,
  workerId: string,
  claims: readonly Claim[],
): Promise<ReadonlyMap<string, ClaimResult>> {
  return store.transaction(async (session) => {
    const runIds = claims.map((claim) => claim.runId);
    const gates = await session.ask<{ id: string }>(lockGates, [runIds]);
    const locked = await session.ask<{ id: string }>(lockOfferedRuns, [runIds]);
    const held = new Set([...gates, ...locked].map((row) => row.id));
    const facts = await session.ask<FactRow>(readAdmissionFacts, [runIds, workerId]);

    const results = new Map<string, ClaimResult>();
    const known = new Map(facts.map((row) => [row.runId, row]));
    const open: { claim: Claim; row: FactRow }[] = [];
    for (const claim of claims) {
      const row = known.get(claim.runId);
      const result = row === undefined ? stale : unadmitted(claim, workerId, row, held);
      if (result !== null) results.set(claim.runId, result);
      else if (row !== undefined) open.push({ claim, row });
    }
    await decide(session, workerId, open, results);
    return results;
  });
}

/** What needs no admission, or cannot have it now; null for the rest. `held` has the ids of locked runs and gates. */
function unadmitted(
  claim: Claim,
  workerId: string,
  row: FactRow,
  held: ReadonlySet<string>,
): ClaimResult | null {
  const isPresent = row.workerState === 'alive' || row.workerState === 'draining';
  const isMine = row.state === 'running' && row.workerId === workerId && row.claimToken === claim.token;
  if (!held.has(claim.runId)) return undecided;
  // CL-3: an earlier try was committed since the short way looked, which finds it when it is asked again.
  if (isMine && isPresent) return undecided;
  if (row.workerState !== 'alive') return { kind: 'refused' };
  // GA-1: an edit has given the job a gate since gates were locked; counting needs it.
  if (row.overlap !== 'allow' && !held.has(`job:${row.jobId}`)) return undecided;
  return null;
}

async function decide(
  session: Session,
  workerId: string,
  open: readonly { claim: Claim; row: FactRow }[],
  results: Map<string, ClaimResult>,
): Promise<void> {
  const admissions = admitBatch(open.map(({ claim, row }) => offer(claim, row)));
  const admitted = open.map(({ claim }) => ({ claim, admission: admissions.get(claim.runId) ?? stale }));
  const starts = admitted.filter(({ admission }) => admission.kind === 'start').map(({ claim }) => claim);
  if (starts.length > 0) {
    const rows = await session.ask<ClaimedRun>(startRuns, [...columns(starts), workerId]);
    for (const run of rows) results.set(run.runId, { kind: 'started', run });
  }
  const ends: { runId: string; state: SettledState; reason: string }[] = [];
  for (const { claim, admission } of admitted) {
    if (admission.kind === 'settle') {
      ends.push({ runId: claim.runId, ...admission });
      results.set(claim.runId, { kind: 'settled', state: admission.state });
    } else if (admission.kind !== 'start') {
      results.set(claim.runId, admission);
    }
  }
  if (ends.length === 0) return;
  await session.ask(settleUnstarted, [
    ends.map((end) => end.runId),
    ends.map((end) => end.state),
    ends.map((end) => end.reason),
  ]);
}

const stale = { kind: 'stale' } as const;
const undecided = { kind: 'undecided' } as const;

function offer(claim: Claim, row: FactRow): OfferedRun {
  return {
    ...row,
    run: row,
    offeredAttempt: claim.attempt,
    catchUp: row.catchUp === null ? noCatchUp : resolveCatchUp(row.catchUp),
  };
}

function columns(claims: readonly Claim[]): unknown[] {
  return [
    claims.map((claim) => claim.runId),
    claims.map((claim) => claim.attempt),
    claims.map((claim) => claim.token),
  ];
}
