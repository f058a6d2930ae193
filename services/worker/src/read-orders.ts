import { sleep } from '@flotilla/runtime';
import { claimBatch, isTransient, readTurns, type Store, type TurnOrder } from '@flotilla/storage';
import { createBatcher } from './batcher.ts';

const retryMs = 500;

/** What a run is to do; null where its turn was stopped before the database answered. */
export type ReadOrder = (runId: string, stop: AbortSignal) => Promise<TurnOrder | null>;

/** TX-4: reads what claimed runs are to do, after their claims were committed; asks until it is answered or stopped. */
export function createOrders(store: Store): ReadOrder {
  const ask = createBatcher<string, TurnOrder | null>({
    limit: claimBatch,
    waitMs: 1,
    inFlight: 2,
    async send(runIds) {
      const orders = new Map((await readTurns(store, runIds)).map((order) => [order.runId, order]));
      return runIds.map((runId) => orders.get(runId) ?? null);
    },
  });

  async function askUntilStopped(runId: string, stop: AbortSignal): Promise<TurnOrder | null | 'stopped'> {
    while (!stop.aborted) {
      try {
        return await ask(runId);
      } catch (error) {
        if (!isTransient(error)) throw error;
        await sleep(retryMs, stop).catch(() => undefined); // the database is away, which others tell
      }
    }
    return 'stopped';
  }

  return async (runId, stop) => {
    const order = await askUntilStopped(runId, stop);
    if (order === null) throw new Error(`run ${runId} is claimed and has no turn`);
    return order === 'stopped' ? null : order;
  };
}
