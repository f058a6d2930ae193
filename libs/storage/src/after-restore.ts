import type { Store } from './connect.ts';
import { type Presence, readPresence } from './presence.ts';
import { raiseEpochs, skipNumbers } from './sql/after-restore.ts';

/** LG-3: so far ahead of what the ledger knows that nothing which was lost with the restore has been there. */
export const restoreSteps = { epochs: 1_000, numbers: 1_000_000_000 } as const;

export type RestoreResult =
  | {
      readonly kind: 'begun';
      readonly queueEpoch: number;
      readonly streamEpoch: number;
      readonly handOut: number;
      readonly eventOrder: number;
    }
  /** Somebody works with this ledger. */
  | { readonly kind: 'at_work'; readonly presence: Presence };

/**
 * LG-3: makes a ledger that has been set back (a restored backup, a standby that lacks the last writes) one that a fleet
 * may start on. Redis and the stream know more than it does: both begin a new life, in which everything that is due is
 * handed out anew and what the stream has is looked at anew, and no number that was used after the backup comes again.
 */
export async function beginAfterRestore(
  store: Store,
  { force }: { readonly force: boolean },
): Promise<RestoreResult> {
  const presence = await readPresence(store);
  if (!force && presence.workers + presence.schedulers > 0) return { kind: 'at_work', presence };
  return store.transaction(async (session) => {
    const epochs = await session.ask<{ name: string; epoch: number }>(raiseEpochs, [restoreSteps.epochs]);
    const [numbers] = await session.ask<{ handOut: number; eventOrder: number }>(skipNumbers, [
      restoreSteps.numbers,
    ]);
    const epochOf = (name: string) => epochs.find((each) => each.name === name)?.epoch;
    const [queueEpoch, streamEpoch] = [epochOf('queue'), epochOf('stream')];
    if (queueEpoch === undefined || streamEpoch === undefined || numbers === undefined)
      throw new Error('the ledger lacks rows of the table epochs');
    return { kind: 'begun', queueEpoch, streamEpoch, ...numbers };
  });
}
