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

const undecided = { kind: 'undecided' } as const;

type Admitted<Kind extends Admission['kind']> = Extract<Admission, { kind: Kind }> & {
  readonly claim: Claim;
};

/** What became of claimed runs, and which runs at work were asked to end for their sake. */
export interface WrittenAdmissions {
  readonly results: ReadonlyMap<string, ClaimResult>;
  readonly askedToEnd: readonly string[];
}

/** Writes what admission has decided of locked runs, and tells each claim what became of it. */
export async function writeAdmissions(
  session: Session,
  { workerId, claims, decision }: Decided,
): Promise<WrittenAdmissions> {
  if (!(await holdOverlapped(session, decision.ends))) {
    return { results: new Map(claims.map(({ runId }) => [runId, undecided])), askedToEnd: [] };
  }
  const admitted = claims.flatMap((claim) => {
    const admission = decision.admissions.get(claim.runId);
    return admission === undefined ? [] : [{ claim, ...admission }];
  });
  const of = <Kind extends Admission['kind']>(kind: Kind) =>
    admitted.filter((each): each is Admitted<Kind> => each.kind === kind);

  await recordPacesOf(session, [...of('start'), ...of('block'), ...of('settle')]);
  const results = new Map(admitted.map((each) => [each.claim.runId, resultOf(each)]));
  for (const run of await start(session, of('start'), workerId))
    results.set(run.runId, { kind: 'started', run });
  await settle(session, of('settle'));
  await block(session, of('block'));
  await delay(session, of('pace'));
  return { results, askedToEnd: await endOthers(session, decision.ends) };
}

/** Of a run that starts its own row tells more. */
function resultOf(admission: Admission): ClaimResult {
  switch (admission.kind) {
    case 'start':
    case 'stale':
      return { kind: 'stale' };
    case 'notYet':
      return { kind: 'notYet', dueAt: admission.dueAt };
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

async function recordPacesOf(
  session: Session,
  runs: readonly Admitted<'start' | 'block' | 'settle'>[],
): Promise<void> {
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

/** TX-2: a claim waits for no run: where somebody holds one that is to end, nothing of the batch is decided. */
async function holdOverlapped(session: Session, ends: BatchDecision['ends']): Promise<boolean> {
  if (ends.size === 0) return true;
  const held = await session.ask(lockOverlapped, [[...ends.keys()]]);
  return held.length === ends.size;
}

async function endOthers(session: Session, ends: BatchDecision['ends']): Promise<string[]> {
  if (ends.size === 0) return [];
  const rows = await session.ask<{ id: string }>(endOverlapped, [[...ends.keys()], [...ends.values()]]);
  return rows.map((row) => row.id);
}
