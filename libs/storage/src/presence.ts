import type { Session } from './connect.ts';
import { readPresence as readPresenceStatement } from './sql/presence.ts';

/** Who has given a sign of life within this is at work. */
export const presentMs = 10_000;

/** Who is at work, as the ledger knows it. */
export interface Presence {
  /** Workers that beat. */
  readonly workers: number;
  /** Workers that are not declared dead, and have not beaten lately. */
  readonly silentWorkers: number;
  /** Schedulers that hold a lane; others that only stand by are not seen. */
  readonly schedulers: number;
}

export async function readPresence(session: Session): Promise<Presence> {
  const [presence] = await session.ask<Presence>(readPresenceStatement, [presentMs]);
  return presence ?? { workers: 0, silentWorkers: 0, schedulers: 0 };
}
