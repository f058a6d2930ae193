import type { Evidence } from '../evidence/evidence.ts';

/** C4, all in milliseconds. */
export interface Measures {
  /** From due to claim, of first attempts. */
  readonly latenessMs: readonly number[];
  /** From the fault to the next attempt's start, by what was killed. */
  readonly recoveryMs: Readonly<Record<string, readonly number[]>>;
}

/** Faults that end a worker at once. */
const losses: readonly string[] = ['worker killed', 'guard killed', 'worker and guard killed'];

export function measure({ events, attempts, workers, history }: Evidence): Measures {
  const latenessMs = events.flatMap(({ type, attempt, at, dueAt }) =>
    type === 'run.started' && attempt === 1 && dueAt !== null ? [at - dueAt] : [],
  );
  const next = new Map(attempts.map((row) => [`${row.runId} ${row.number - 1}`, row]));
  const pids = new Map(workers.map(({ id, pid }) => [id, pid]));
  const recoveryMs: Record<string, number[]> = {};
  for (const { pid, at, kind } of killedWorkers(history)) {
    for (const row of attempts) {
      const isHit = pids.get(row.workerId) === pid && row.startedAt <= at && (row.endedAt ?? at) >= at;
      const successor = isHit && row.outcome === 'lost' ? next.get(`${row.runId} ${row.number}`) : undefined;
      if (successor === undefined) continue;
      recoveryMs[kind] ??= [];
      recoveryMs[kind].push(successor.startedAt - at);
    }
  }
  return { latenessMs, recoveryMs };
}

interface KilledWorker {
  readonly pid: number;
  readonly at: number;
  readonly kind: string;
}

/** The process that sat where a fault struck, and when. */
function killedWorkers(history: Evidence['history']): KilledWorker[] {
  const sitting = new Map<string, number>();
  const killed: KilledWorker[] = [];
  for (const entry of history) {
    if (entry.op === 'spawned') sitting.set(entry.seat, entry.pid);
    if (entry.op !== 'fault' || !losses.includes(entry.kind)) continue;
    const pid = sitting.get(entry.target);
    if (pid !== undefined) killed.push({ pid, at: entry.at, kind: entry.kind });
  }
  return killed;
}
