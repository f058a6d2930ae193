import type { Admission, BatchDecision } from '@flotilla/domain';
import { type Claim, type ClaimedRun, type ClaimResult, claimColumns } from './claim-try.ts';
import type { Session } from './connect.ts';
import { instant } from './new-run.ts';
import {
  blockRuns,
  delayRuns,
  endOverlapped,
  lockOverlapped,
  recordPaces,
  settleUnstarted,
  startRuns,
} from './sql/claim.ts';

interface Decided {
  readonly workerId: string;
  readonly claims: readonly Claim[];
  readonly decision: BatchDecision;
}

type Admitted<Kind extends Admission['kind']> = Extract<Admission, { kind: Kind }> & {
  readonly claim: Claim;
};

/** Writes what admission has decided of locked runs, and tells each claim what became of it. */
export async function writeAdmissions(
  session: Session,
  { workerId, claims, decision }: Decided,
): Promise<ReadonlyMap<string, ClaimResult>> {
  const admitted = claims.flatMap((claim) => {
    const admission = decision.admissions.get(claim.runId);
    return admission === undefined ? [] : [{ claim, ...admission }];
  });
  const of = <Kind extends Admission['kind']>(kind: Kind) =>
    admitted.filter((each): each is Admitted<Kind> => each.kind === kind);

  await recordPacesOf(session, [...of('start'), ...of('block')]);
  const results = new Map(admitted.map((each) => [each.claim.runId, resultOf(each)]));
  for (const run of await start(session, of('start'), workerId))
    results.set(run.runId, { kind: 'started', run });
  await settle(session, of('settle'));
  await block(session, of('block'));
  await delay(session, of('pace'));
  await endOthers(session, decision.ends);
  return results;
}

/** Of a run that starts its own row tells more. */
function resultOf(admission: Admission): ClaimResult {
  switch (admission.kind) {
    case 'start':
    case 'stale':
      return { kind: 'stale' };
    case 'notYet':
      return admission;
    case 'block':
    case 'pace':
      return { kind: 'waits' };
    case 'settle':
      return { kind: 'settled', state: admission.state };
  }
}

async function start(
  session: Session,
  starts: readonly Admitted<'start'>[],
  workerId: string,
): Promise<readonly ClaimedRun[]> {
  if (starts.length === 0) return [];
  return session.ask<ClaimedRun>(startRuns, [...claimColumns(starts.map(({ claim }) => claim)), workerId]);
}

async function recordPacesOf(session: Session, runs: readonly Admitted<'start' | 'block'>[]): Promise<void> {
  const paced = runs.filter(({ pacedAt }) => pacedAt !== null);
  if (paced.length === 0) return;
  await session.ask(recordPaces, [
    paced.map(({ claim }) => claim.runId),
    paced.map(({ pacedAt }) => instant(pacedAt)),
  ]);
}

async function settle(session: Session, ends: readonly Admitted<'settle'>[]): Promise<void> {
  if (ends.length === 0) return;
  await session.ask(settleUnstarted, [
    ends.map(({ claim }) => claim.runId),
    ends.map(({ state }) => state),
    ends.map(({ reason }) => reason),
  ]);
}

async function block(session: Session, blocked: readonly Admitted<'block'>[]): Promise<void> {
  if (blocked.length === 0) return;
  await session.ask(blockRuns, [blocked.map(({ claim }) => claim.runId), blocked.map(({ by }) => by)]);
}

async function delay(session: Session, paced: readonly Admitted<'pace'>[]): Promise<void> {
  if (paced.length === 0) return;
  await session.ask(delayRuns, [
    paced.map(({ claim }) => claim.runId),
    paced.map(({ dueAt }) => instant(dueAt)),
  ]);
}

async function endOthers(session: Session, ends: BatchDecision['ends']): Promise<void> {
  if (ends.size === 0) return;
  const ids = [...ends.keys()];
  await session.ask(lockOverlapped, [ids]);
  await session.ask(endOverlapped, [ids, [...ends.values()]]);
}
