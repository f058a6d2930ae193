import { sleep } from '@flotilla/runtime';
import { claimBatch, readTurns, type Store, type TurnOrder } from '@flotilla/storage';
import { createBatcher } from './batcher.ts';

const retryMs = 500;

/** TX-4: reads what claimed runs are to do, after their claims were committed; asks until it is answered or stopped. */
export function createOrders(store: Store): (runId: string, signal: AbortSignal) => Promise<TurnOrder> {
  const ask = createBatcher<string, TurnOrder>({
    limit: claimBatch,
    waitMs: 1,
    inFlight: 2,
    async send(runIds) {
      const orders = new Map((await readTurns(store, runIds)).map((order) => [order.runId, order]));
      return runIds.map((runId) => {
        const order = orders.get(runId);
        if (order === undefined) throw new Error(`run ${runId} is claimed and has no turn`);
        return order;
      });
    },
  });
  return async (runId, signal) => {
    for (;;) {
      try {
        return await ask(runId);
      } catch (error) {
        if (signal.aborted) throw error;
        await sleep(retryMs, signal);
      }
    }
  };
}
