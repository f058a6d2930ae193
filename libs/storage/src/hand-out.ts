import type { Session } from './connect.ts';
import {
  countHandedOut,
  listWaitingPools as listWaitingPoolsStatement,
  markHandedOut as markHandedOutStatement,
  readHandOut as readHandOutStatement,
  readPoolLag,
} from './sql/hand-out.ts';

/** HO-4: runs of a pool that are out and unclaimed at most, due ones and future ones each; and one batch. */
export const handOutBounds = { perPool: 10_000, batch: 500 } as const;

/** A run to be handed to the queue. `number` is used once, by this hand-out alone (ID-2). */
export interface HandOut {
  readonly runId: string;
  readonly attempt: number;
  readonly version: number;
  readonly idempotencyKey: string;
  readonly dueAt: number;
  /** Null where no job of the pool has a priority: its queue needs none then. */
  readonly priority: number | null;
  readonly number: number;
  /** The database's clock at the reading, in epoch milliseconds. */
  readonly now: number;
  readonly epoch: number;
}

export async function listWaitingPools(session: Session, horizonMs: number): Promise<string[]> {
  const rows = await session.ask<{ pool: string }>(listWaitingPoolsStatement, [horizonMs]);
  return rows.map((row) => row.pool);
}

/** The next batch of a pool, as far as the limits allow: due runs first, by priority and age; then future ones. */
export async function readHandOut(session: Session, pool: string, horizonMs: number): Promise<HandOut[]> {
  const { perPool, batch } = handOutBounds;
  const [out] = await session.ask<{ due: number; future: number }>(countHandedOut, [pool, perPool]);
  const room = (taken: number) => Math.min(batch, perPool - taken);
  return session.ask<HandOut>(readHandOutStatement, [
    pool,
    room(out?.due ?? 0),
    room(out?.future ?? 0),
    horizonMs,
  ]);
}

/** HO-2: after the hand-out, never before it: a crash between the two hands out twice, and the claim decides. */
export async function markHandedOut(session: Session, handOuts: readonly HandOut[]): Promise<void> {
  const [first] = handOuts;
  if (first === undefined) return;
  await session.ask(markHandedOutStatement, [
    handOuts.map((handOut) => handOut.runId),
    handOuts.map((handOut) => handOut.version),
    handOuts.map((handOut) => handOut.number),
    first.epoch,
  ]);
}

export async function poolLagMs(session: Session, pool: string): Promise<number> {
  const [row] = await session.ask<{ lagMs: number }>(readPoolLag, [pool]);
  return row?.lagMs ?? 0;
}
