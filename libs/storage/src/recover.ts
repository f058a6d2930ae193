import { emptyExcerpt } from '@flotilla/domain';
import { v4 as uuidV4 } from 'uuid';
import { type SettleResult, settleBatch } from './attempt-end.ts';
import type { Store } from './connect.ts';
import { settleAttempts } from './settle.ts';
import { findLostRuns } from './sql/settle.ts';

interface LostRun {
  readonly runId: string;
  readonly attempt: number;
  readonly workerId: string;
  readonly host: string | null;
  readonly pid: number | null;
  readonly state: string | null;
  readonly why: string | null;
}

/**
 * LV-5: settles runs that are at work on a worker that is dead or gone, by the same settle as every other end (SE-3).
 * Returns how many of them this call settled; a full batch means that there may be more.
 */
export async function recoverLostRuns(
  store: Store,
  chance: () => number,
): Promise<{ recovered: number; more: boolean }> {
  const lost = await store.ask<LostRun>(findLostRuns, [settleBatch]);
  if (lost.length === 0) return { recovered: 0, more: false };
  const results = await settleAttempts(
    store,
    lost.map((run) => ({
      runId: run.runId,
      attempt: run.attempt,
      workerId: run.workerId,
      token: uuidV4(),
      chance: chance(),
      report: {
        outcome: { kind: 'lost', message: describe(run), isGone: false },
        stdout: emptyExcerpt,
        stderr: emptyExcerpt,
        spawnedAt: null,
      },
    })),
  );
  const isSettled = ({ kind }: SettleResult) => kind !== 'stale' && kind !== 'refused';
  const recovered = [...results.values()].filter(isSettled).length;
  return { recovered, more: recovered > 0 && lost.length === settleBatch };
}

function describe({ workerId, host, pid, state, why }: LostRun): string {
  if (state === null) return `worker ${workerId} is not in the ledger`;
  const who = `worker ${workerId} (${host}, pid ${pid})`;
  return state === 'left'
    ? `${who} left without settling the run`
    : `${who} is dead: ${why ?? 'no reason recorded'}`;
}
