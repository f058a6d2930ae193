import { isSettled, type RunState } from '@flotilla/domain';
import type { Session, Store } from './connect.ts';
import type { RunView } from './run-view.ts';
import { readRunView } from './runs.ts';
import { cancelWaiting, lockRun, requestCancel as requestCancelStatement } from './sql/cancel.ts';

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
    const [locked] = await session.ask<{ state: RunState }>(lockRun, [runId]);
    return locked === undefined ? null : cancel(session, { runId, state: locked.state, actor });
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
