import type { Evidence } from '../evidence/evidence.ts';
import type { Violation } from './violation.ts';

/** A fault may be over for so long when a death is written that it has caused: longer than silence is counted. */
const lateMs = 60_000;

/**
 * C2, LV-3: nobody is declared dead but whose process has ended, or whom some fault has frozen, killed or cut off from
 * Postgres. What befalls Postgres itself is no reason: it befalls the judge too.
 */
export function checkDeaths({ workers, history }: Evidence): Violation[] {
  const seats = new Map(
    history.flatMap((entry) => (entry.op === 'spawned' ? [[entry.pid, entry.seat]] : [])),
  );
  return workers.flatMap(({ id, pid, state, endedAt }) => {
    const seat = seats.get(pid);
    if (state !== 'dead' || endedAt === null || seat === undefined) return [];
    const hasReason = history.some((entry) => {
      if (entry.op === 'exited') return entry.pid === pid && entry.at <= endedAt;
      if (entry.op !== 'fault' || !hits(seat, entry.target) || entry.at > endedAt) return false;
      return endOf(history, entry) >= endedAt - lateMs;
    });
    if (hasReason) return [];
    const what = `worker ${id} (${seat}) was declared dead, and no fault had touched it`;
    return [{ invariant: 'C2', subject: id, what }];
  });
}

function hits(seat: string, target: string): boolean {
  return target === seat || target === `${seat} to postgres`;
}

/** No two faults have the same target at the same time. */
function endOf(
  history: Evidence['history'],
  fault: { readonly at: number; readonly target: string },
): number {
  const end = history.find(
    (entry) => entry.op === 'fault-over' && entry.target === fault.target && entry.at >= fault.at,
  );
  return end?.at ?? Number.POSITIVE_INFINITY;
}
