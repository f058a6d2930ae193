import type { Session } from './connect.ts';
import { declareDeadByEvidence as byEvidenceStatement } from './sql/evidence.ts';
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

/**
 * LV-5: its guard has seen the worker's process end, and its turns with it. False where the worker is no longer in the
 * fleet: it has left, or was declared dead before.
 */
export async function declareDeadByEvidence(
  session: Session,
  workerId: string,
  why: string,
): Promise<boolean> {
  const rows = await session.ask(byEvidenceStatement, [workerId, why]);
  return rows.length > 0;
}
