import { setTimeout as sleep } from 'node:timers/promises';
import { once } from './once.ts';
import { firstSeat, untilWorker } from './workers-at-work.ts';

/** More connections than a worker asks on. */
const connections = 20;
/** Longer than from one beat to the answer of the next. */
const beatsMs = 4_500;

/**
 * LV-6: a worker has claimed runs and not read yet what they are to do when it is cut off. When its death is written its line
 * is mended, but what runs are to do comes only after its next beats have been answered.
 */
export const holdOrders = once('orders held', 'worker-1 to postgres', async (stage) => {
  const worker = firstSeat(stage, 'worker');
  const line = worker.lines.to.postgres;
  await line.strikeAt('read-turns', 'hold');
  line.strike('hold');
  const { id } = await untilWorker(stage, worker, 'the worker to have claimed runs', ({ runs }) => runs > 0);
  await untilWorker(stage, worker, `worker ${id} to be dead`, ({ state }) => state === 'dead');
  line.strike('cut', 'present');
  line.pass();
  for (let count = 0; count < connections; count++) void line.strikeAt('read-turns', 'hold');
  await sleep(beatsMs);
  line.pass();
});
