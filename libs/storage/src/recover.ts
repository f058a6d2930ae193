import { emptyExcerpt } from '@flotilla/domain';
import { v4 as uuidV4 } from 'uuid';
import { type SettleResult, settleBatch } from './attempt-end.ts';
import type { Store } from './connect.ts';
import { type SettleOptions, settleAttempts } from './settle.ts';
import { findLostRuns } from './sql/settle.ts';

interface LostRun {
  readonly runId: string;
  readonly attempt: number;
  readonly workerId: string;
  readonly host: string | null;
  readonly pid: number | null;
  readonly state: 'dead' | 'left' | null;
  readonly death: 'evidence' | 'silence' | null;
  readonly why: string | null;
}

/**
 * LV-5: settles runs that are at work on a worker that is dead or gone, by the same settle as every other end (SE-3).
 * Returns how many of them this call settled; a full batch means that there may be more.
 */
export async function recoverLostRuns(
  store: Store,
  chance: () => number,
  options: Pick<SettleOptions, 'onRoom'> = {},
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
        outcome: { kind: 'lost', message: describe(run), isGone: isGone(run) },
        stdout: emptyExcerpt,
        stderr: emptyExcerpt,
        spawnedAt: null,
      },
    })),
    { ...options, settler: 'recovery' },
  );
  const isSettled = ({ kind }: SettleResult) => kind !== 'stale' && kind !== 'refused';
  const recovered = [...results.values()].filter(isSettled).length;
  return { recovered, more: recovered > 0 && lost.length === settleBatch };
}

/**
 * Nothing of the turn is left: its guard saw that (GD-5), or its worker left, which it does with nothing in hand (CN-2).
 * Silence says nothing of the turn (LV-7).
 */
function isGone({ state, death }: LostRun): boolean {
  return state === 'left' || death === 'evidence';
}

function describe({ workerId, host, pid, state, death, why }: LostRun): string {
  if (state === null) return `worker ${workerId} is not in the ledger`;
  const who = `worker ${workerId} (${host}, pid ${pid})`;
  return state === 'left'
    ? `${who} left without settling the run: ${why ?? 'no reason recorded'}`
    : `${who} is dead by ${death}: ${why ?? 'no reason recorded'}`;
}
