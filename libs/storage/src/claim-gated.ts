import {
  type AdmissionFacts,
  type AdmittedRun,
  admitBatch,
  countsOthers,
  lateAfter,
  noCatchUp,
  type OfferedRun,
  resolveCatchUp,
  type ScheduleDocument,
} from '@flotilla/domain';
import type { Claim, ClaimResult } from './claim-try.ts';
import type { Session, Store } from './connect.ts';
import { lockOfferedRuns, readAdmissionFacts } from './sql/claim.ts';
import { lockGates } from './sql/standings.ts';
import { readStandings } from './standings.ts';
import type { WorkerView } from './workers.ts';
import { type WrittenAdmissions, writeAdmissions } from './write-admissions.ts';

interface FactRow
  extends Pick<
      AdmissionFacts,
      'now' | 'jobDeleted' | 'overlap' | 'backlog' | 'pause' | 'newerTicks' | 'pacedUntil'
    >,
    Omit<AdmittedRun, 'id'> {
  readonly runId: string;
  readonly jobId: string;
  readonly pool: string;
  readonly workerId: string | null;
  readonly claimToken: string | null;
  readonly startWithinMs: number | null;
  readonly catchUp: ScheduleDocument['catchUp'] | null;
  readonly isCapped: boolean;
  readonly workerState: WorkerView['state'] | null;
  /** The worker serves the run's pool, which an edit may have changed since the run was handed out. */
  readonly isServed: boolean | null;
}

interface OpenClaim {
  readonly claim: Claim;
  readonly row: FactRow;
}

const stale = { kind: 'stale' } as const;
const undecided = { kind: 'undecided' } as const;

/** CL-1, the long way: gates; runs; facts; the pure decision; what follows from it. */
export function claimGated(
  store: Store,
  workerId: string,
  claims: readonly Claim[],
): Promise<WrittenAdmissions> {
  return store.transaction(async (session) => {
    const runIds = claims.map((claim) => claim.runId);
    const gates = await session.ask<{ id: string }>(lockGates, [runIds]);
    const locked = await session.ask<{ id: string }>(lockOfferedRuns, [runIds]);
    const held = new Set([...gates, ...locked].map((row) => row.id));
    const facts = await session.ask<FactRow>(readAdmissionFacts, [runIds, workerId]);

    const results = new Map<string, ClaimResult>();
    const known = new Map(facts.map((row) => [row.runId, row]));
    const open: OpenClaim[] = [];
    for (const claim of claims) {
      const row = known.get(claim.runId);
      const result = row === undefined ? stale : unadmitted(claim, workerId, row, held);
      if (result !== null) results.set(claim.runId, result);
      else if (row !== undefined) open.push({ claim, row });
    }
    const admitted = await admit(session, workerId, open);
    return { ...admitted, results: new Map([...results, ...admitted.results]) };
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
  if (row.isServed !== true) return stale;
  // GA-1: an edit has given the job or its pool a gate since gates were locked; counting needs it.
  if (isCounting(row) && !held.has(`job:${row.jobId}`)) return undecided;
  if (row.isCapped && !held.has(`pool:${row.pool}`)) return undecided;
  return null;
}

async function admit(
  session: Session,
  workerId: string,
  open: readonly OpenClaim[],
): Promise<WrittenAdmissions> {
  const rows = open.map(({ row }) => row);
  const counting = new Map(rows.filter(isCounting).map((row) => [row.jobId, row]));
  const capped = new Set(rows.filter((row) => row.isCapped).map((row) => row.pool));
  const standings = await readStandings(session, [...counting.values()], [...capped]);
  const decision = admitBatch(open.map(offer), standings);
  return writeAdmissions(session, { workerId, claims: open.map(({ claim }) => claim), decision });
}

function isCounting({ overlap, catchUp }: FactRow): boolean {
  return countsOthers(overlap, catchUp?.policy ?? null);
}

function offer({ claim, row }: OpenClaim): OfferedRun {
  return {
    ...row,
    run: { ...row, id: row.runId },
    offeredAttempt: claim.attempt,
    catchUp: row.catchUp === null ? noCatchUp : resolveCatchUp(row.catchUp),
    lateAfterMs: lateAfter(row.startWithinMs),
  };
}
