import { resolveTurn, type Turn, type TurnDocument } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { readTurns as readTurnsStatement } from './sql/claim.ts';

/** What a claimed run is to carry out, read after its claim was committed (TX-4). */
export interface TurnOrder {
  readonly runId: string;
  readonly slug: string;
  readonly turn: Turn;
  /** GD-4: somebody else could double it, were its worker lost: it is run again, or its job counts who is at work. */
  readonly isFenced: boolean;
  /** `parent` or `parents`, and what they left, as the turn is given it; null for a run without any. */
  readonly context: Readonly<Record<string, unknown>> | null;
}

export async function readTurns(session: Session, runIds: readonly string[]): Promise<TurnOrder[]> {
  const rows = await session.ask<Omit<TurnOrder, 'turn'> & { turn: TurnDocument }>(readTurnsStatement, [
    runIds,
  ]);
  return rows.map((row) => ({ ...row, turn: resolveTurn(row.turn) }));
}
