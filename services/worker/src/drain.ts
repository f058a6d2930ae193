import { sleep } from '@flotilla/runtime';
import type { InHand } from './in-hand.ts';
import type { Intake } from './intake.ts';
import type { Slots } from './slots.ts';

/**
 * CN-2: no further message is fetched, what still arrives is given back, turns may end within the grace and are then
 * interrupted. A claim that is under way counts: its run may be this worker's already. Resolves when no message is
 * open and nothing is in hand.
 */
export async function drain(options: {
  intake: Pick<Intake, 'close'>;
  slots: Pick<Slots, 'emptied'>;
  inHand: Pick<InHand, 'close' | 'emptied'>;
  draining: AbortController;
  graceMs: number;
}): Promise<void> {
  const { intake, slots, inHand, draining, graceMs } = options;
  await intake.close('draining');
  draining.abort();
  const emptied = slots.emptied().then(() => inHand.emptied());
  const graceOver = new AbortController();
  await Promise.race([emptied, sleep(graceMs, graceOver.signal)]);
  graceOver.abort();
  inHand.close('drained');
  await emptied;
}
