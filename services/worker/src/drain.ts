import type { Consumer } from '@flotilla/queue';
import { sleep } from '@flotilla/runtime';
import type { InHand } from './in-hand.ts';

/**
 * CN-2: no further message is fetched, what still arrives is given back, turns may end within the grace and are then
 * interrupted. Resolves when nothing is in hand.
 */
export async function drain(options: {
  consumer: Consumer;
  inHand: InHand;
  draining: AbortController;
  graceMs: number;
}): Promise<void> {
  const { consumer, inHand, draining, graceMs } = options;
  await consumer.pause();
  draining.abort();
  const graceOver = new AbortController();
  await Promise.race([inHand.emptied(), sleep(graceMs, graceOver.signal)]);
  graceOver.abort();
  inHand.stopAll('drained');
  await inHand.emptied();
}
