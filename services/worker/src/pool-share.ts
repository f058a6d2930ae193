/** Messages that a worker fetches ahead of their time while a slot is free (CL-4). */
export const earlyMessages = 20;

/** What a pool has of the slots that it shares with others. */
export interface PoolShare {
  /** Slots that hold a turn of it. */
  readonly used: number;
  /** Messages of it that were fetched and are not given up or done with. */
  readonly open: number;
  /** A due message of it found no slot, and there may be more. */
  readonly isCrowded: boolean;
  /** Rises with every taking of a slot, of whatever pool. */
  readonly servedAt: number;
}

/**
 * How many of the free slots come to a pool: they are dealt one by one to it and to those others that want some, each to
 * the one that has the fewest, or was served longest ago. So no pool starves behind the backlog of another one, and none
 * keeps slots that it does not use.
 */
export function slotsFor(share: PoolShare, all: Iterable<PoolShare>, free: number): number {
  const rivals = [...all].filter((other) => other !== share && other.isCrowded);
  if (rivals.length === 0) return free;
  const own = { used: share.used, servedAt: share.servedAt };
  const hands = [own, ...rivals.map(({ used, servedAt }) => ({ used, servedAt }))];
  const latest = Math.max(...hands.map(({ servedAt }) => servedAt));
  for (let dealt = 1; dealt <= free; dealt++) {
    const next = hands.reduce((first, hand) => (comesBefore(hand, first) ? hand : first));
    next.used += 1;
    next.servedAt = latest + dealt;
  }
  return own.used - share.used;
}

function comesBefore(left: Pick<PoolShare, 'used' | 'servedAt'>, right: typeof left): boolean {
  return (left.used - right.used || left.servedAt - right.servedAt) < 0;
}

/**
 * CL-4: how many messages of a pool may be open at once, where it may take `slots` of the free slots: those in hand,
 * those for the slots and some early ones; no further one while there is no slot for it. After a due message found no
 * slot, early ones are not fetched until one comes before its time again: else each free slot of a herd would fetch
 * twenty to give nineteen back.
 */
export function messagesFor({ used, open, isCrowded }: PoolShare, slots: number): number {
  return slots > 0 ? used + slots + (isCrowded ? 0 : earlyMessages) : open;
}
