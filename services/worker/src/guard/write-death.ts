import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicMs } from './monotonic-ms.ts';

export interface Death {
  readonly workerId: string;
  readonly databaseUrl: string;
  readonly why: string;
}

/** After this the judge has the worker by its silence anyway (LV-3). */
const limitMs = 60_000;
const replyMs = 3_000;
const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** Loaded with the first death: until then the guard holds neither its code nor a connection. */
export function loadStorage() {
  return import('@flotilla/storage');
}

/**
 * GD-5: writes the worker's death into the ledger, again and again until that is answered.
 *
 * @returns whether it was this call that ended the worker; false where somebody else did
 * @throws the last error, where nobody has answered for a minute
 */
export async function writeDeath({ workerId, databaseUrl, why }: Death): Promise<boolean> {
  const { connect, declareDeadByEvidence } = await loadStorage();
  const store = connect({ url: databaseUrl, applicationName: 'flotilla guard', maxConnections: 1, replyMs });
  const endMs = monotonicMs() + limitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    try {
      return await declareDeadByEvidence(store, workerId, why);
    } catch (error) {
      if (monotonicMs() + pauseMs >= endMs) throw error;
      await sleep(pauseMs);
    }
  }
}
