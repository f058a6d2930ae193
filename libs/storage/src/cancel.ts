import { isSettled, type RunState } from '@flotilla/domain';
import type { Session, Store } from './connect.ts';
import { type RunView, readRunView } from './runs.ts';
import { cancelWaiting, lockRun, requestCancel as requestCancelStatement } from './sql/cancel.ts';

export type CancelResult =
  | { readonly kind: 'settled' | 'requested' | 'already_settled'; readonly run: RunView }
  | { readonly kind: 'not_found' };

/** Cancels a run that waits, asks a run at work to end, and leaves a settled one as it is. */
export async function requestCancel(store: Store, runId: string): Promise<CancelResult> {
  return store.transaction(async (session) => {
    const [locked] = await session.ask<{ state: RunState }>(lockRun, [runId]);
    if (locked === undefined) return { kind: 'not_found' };
    const kind = await cancel(session, runId, locked.state);
    const run = await readRunView(session, runId);
    return run === null ? { kind: 'not_found' } : { kind, run };
  });
}

async function cancel(session: Session, runId: string, state: RunState) {
  if (isSettled(state)) return 'already_settled';
  if (state === 'running') {
    await session.ask(requestCancelStatement, [runId]);
    return 'requested';
  }
  await session.ask(cancelWaiting, [runId]);
  return 'settled';
}
