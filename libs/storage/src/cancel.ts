import { isSettled, type RunState } from '@flotilla/domain';
import type { Session, Store } from './connect.ts';
import type { RunView } from './run-view.ts';
import { readRunView } from './runs.ts';
import { cancelWaiting, lockRun, requestCancel as requestCancelStatement } from './sql/cancel.ts';
import { lockGates } from './sql/standings.ts';
import { unblockBehind } from './unblock.ts';

export type CancelResult =
  | { readonly kind: 'settled' | 'requested' | 'already_settled'; readonly run: RunView }
  | { readonly kind: 'not_found' };

/** Cancels a run that waits, asks a run at work to end, and leaves a settled one as it is. `actor`: who asks. */
export async function requestCancel(
  store: Store,
  runId: string,
  actor: string | null = null,
): Promise<CancelResult> {
  const kind = await store.transaction(async (session) => {
    const gates = await session.ask<{ id: string }>(lockGates, [[runId]]); // GA-1: others may wait behind it
    const [locked] = await session.ask<{ state: RunState }>(lockRun, [runId]);
    if (locked === undefined) return null;
    const done = await cancel(session, { runId, state: locked.state, actor });
    const gateIds = gates.map((gate) => gate.id);
    if (done === 'settled') await unblockBehind(session, gateIds, 1);
    return done;
  });
  const run = kind === null ? null : await readRunView(store, { id: runId });
  return kind === null || run === null ? { kind: 'not_found' } : { kind, run };
}

async function cancel(
  session: Session,
  { runId, state, actor }: { runId: string; state: RunState; actor: string | null },
) {
  if (isSettled(state)) return 'already_settled';
  if (state === 'running') {
    await session.ask(requestCancelStatement, [runId, actor]);
    return 'requested';
  }
  await session.ask(cancelWaiting, [runId, actor]);
  return 'settled';
}
