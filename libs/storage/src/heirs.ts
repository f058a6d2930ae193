import { maxChildren } from '@flotilla/domain';
import type { AttemptEnd } from './attempt-end.ts';
import type { ConditionRow } from './conditions.ts';
import type { Session } from './connect.ts';
import { readHeirs as readHeirsStatement } from './sql/settle.ts';

/** By run: how many children its job has, and what these want to find in its output. */
export type Heirs = ReadonlyMap<string, HeirsRow>;

interface HeirsRow {
  readonly runId: string;
  readonly children: number;
  readonly wanted: readonly ConditionRow[];
}

export async function readHeirs(session: Session, ends: readonly AttemptEnd[]): Promise<Heirs> {
  const rows = await session.ask<HeirsRow>(readHeirsStatement, [ends.map((end) => end.runId)]);
  return new Map(rows.map((row) => [row.runId, row]));
}

/** Ends in shares of which none triggers more than one end may: so many runs are written within every time-out. */
export function inShares(ends: readonly AttemptEnd[], heirs: Heirs): AttemptEnd[][] {
  const shares: { ends: AttemptEnd[]; children: number }[] = [];
  for (const end of ends) {
    const children = heirs.get(end.runId)?.children ?? 0;
    const last = shares.at(-1);
    if (last === undefined || last.children + children > maxChildren) {
      shares.push({ ends: [end], children });
    } else {
      last.ends.push(end);
      last.children += children;
    }
  }
  return shares.map((share) => share.ends);
}
