import type { Store } from './connect.ts';
import { expireRuns as expireRunsStatement, findExpired } from './sql/expire.ts';
import { lockGates } from './sql/standings.ts';
import { unblockBehind } from './unblock.ts';

/** Runs that one transaction expires. */
export const expireBatch = 100;

/**
 * Ends runs that have waited beyond their start deadline, whether or not a worker will ever ask for them. GA-1: others may
 * wait behind them.
 */
export async function expireRuns(store: Store): Promise<{ expired: number; more: boolean }> {
  const found = await store.ask<{ id: string }>(findExpired, [expireBatch]);
  if (found.length === 0) return { expired: 0, more: false };
  const runIds = found.map((run) => run.id);
  return store.transaction(async (session) => {
    const gates = await session.ask<{ id: string }>(lockGates, [runIds]);
    const expired = await session.ask(expireRunsStatement, [runIds]);
    const gateIds = gates.map((gate) => gate.id);
    await unblockBehind(session, gateIds, expired.length);
    return { expired: expired.length, more: found.length === expireBatch && expired.length > 0 };
  });
}
