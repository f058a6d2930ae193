import type { Session } from './connect.ts';
import { declareDead as declareDeadStatement, judgeWorkers } from './sql/workers.ts';

/** What one pass of the judge has seen of a worker. */
export interface Judged {
  readonly id: string;
  readonly beat: number;
  readonly silentMs: number;
}

/**
 * LV-3: one pass. `addedMs` is the judge's own monotonic time since its last good pass; null where that pass does not
 * count, and every worker's silence starts anew.
 */
export async function judgePass(session: Session, addedMs: number | null): Promise<Judged[]> {
  return session.ask<Judged>(judgeWorkers, [addedMs === null ? null : Math.round(addedMs)]);
}

/** LV-4: false where the worker has beaten since it was judged, or somebody else was first. */
export async function declareDead(
  session: Session,
  { id, beat, silentMs }: Judged,
  judge: string,
): Promise<boolean> {
  const why = `no beat for ${(silentMs / 1000).toFixed(1)} s, counted by ${judge}`;
  const rows = await session.ask(declareDeadStatement, [id, beat, why]);
  return rows.length > 0;
}
