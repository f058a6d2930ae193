import type { Session } from './connect.ts';
import { readClock as readClockStatement } from './sql/clock.ts';

/** CK-1: the clock by which the ledger goes, in epoch milliseconds. Those of hosts may be off by any time. */
export async function readClock(session: Session): Promise<number> {
  const [clock] = await session.ask<{ now: number }>(readClockStatement);
  if (clock === undefined) throw new Error('Postgres did not tell its time');
  return clock.now;
}
