import type { Store } from './connect.ts';
import { sqlState } from './errors.ts';
import { lockGates } from './sql/standings.ts';
import { findAdmissible, readBlocked, waitBriefly } from './sql/unblock.ts';
import { type BlockedRow, noRoom, type RoomMade, unblock } from './unblock.ts';

/** GA-2: blocked runs that one step looks at. */
export const admitBlockedBatch = 200;

const lockNotAvailable = '55P03';

/**
 * GA-2: lets blocked runs go on that no end has let go, pool by pool, each in a transaction of its own that holds all of
 * its gates. A pool of which a gate is busy is left to the next step.
 */
export async function admitBlocked(store: Store): Promise<{ admitted: number; more: boolean }> {
  const found = await store.ask<{ id: string; pool: string }>(findAdmissible, [admitBlockedBatch]);
  let admitted = 0;
  for (const pool of new Set(found.map((run) => run.pool))) {
    const runIds = found.filter((run) => run.pool === pool).map((run) => run.id);
    const { unblocked } = await admitInPool(store, runIds);
    admitted += unblocked.length;
  }
  return { admitted, more: found.length === admitBlockedBatch && admitted > 0 };
}

async function admitInPool(store: Store, runIds: readonly string[]): Promise<RoomMade> {
  try {
    return await store.transaction(async (session) => {
      await session.ask(waitBriefly);
      const gates = await session.ask<{ id: string }>(lockGates, [runIds]);
      const blocked = await session.ask<BlockedRow>(readBlocked, [runIds]);
      const gateIds = gates.map((gate) => gate.id);
      return unblock(session, blocked, gateIds);
    });
  } catch (error) {
    if (sqlState(error) === lockNotAvailable) return noRoom;
    throw error;
  }
}
