import type { Consumer } from '@flotilla/queue';
import { messagesFor, type PoolShare, slotsFor } from './pool-share.ts';

/** So long a free slot is left to a pool that wanted one; then its messages are somebody else's by now. */
const patienceMs = 100;

/** The slots of a worker, which its pools share. */
export interface Slots {
  /** As this pool sees them: one and the same for each call. */
  of(pool: string): PoolSlots;
  used(): number;
  /** Resolves once no message is open. */
  emptied(): Promise<void>;
}

export interface PoolSlots {
  /** Tells the pool's consumer, now and with every change, how many messages may be open at once. */
  announceTo(consumer: Pick<Consumer, 'setConcurrency' | 'look'>): void;
  /** A message was fetched. Call the result when it is given up or done with. */
  open(): () => void;
  /** Takes a slot for a turn; null where there is none for this pool. Call the result to give it back, once or more often. */
  take(): (() => void) | null;
  /** A message came before its time: the queue has no due ones waiting. */
  noteEarly(): void;
  /** There is a slot and no due message was seen that had to do without: whatever comes late is late by the queue. */
  isWaiting(): boolean;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Seat extends Writable<PoolShare> {
  consumer: Pick<Consumer, 'setConcurrency' | 'look'> | null;
  /** What the consumer was told last. */
  told: number;
  patience: NodeJS.Timeout | undefined;
}

/** CL-4: each pool's consumer is told how many messages it may have open, as slots come and go. */
export function createSlots(total: number): Slots {
  const seats: Seat[] = [];
  const views = new Map<string, PoolSlots>();
  let taken = 0;
  let awaited: (() => void)[] = [];

  const used = () => seats.reduce((sum, seat) => sum + seat.used, 0);
  const slotsOf = (seat: Seat) => slotsFor(seat, seats, total - used());
  const isEmpty = () => seats.every(({ open }) => open === 0);

  /** The consumer of `own` looks by itself, since a message of it begins or ends. */
  function tell(own: Seat | null): void {
    for (const seat of seats) {
      const wasFull = seat.open >= seat.told;
      seat.told = messagesFor(seat, slotsOf(seat));
      seat.consumer?.setConcurrency(seat.told);
      if (seat !== own && wasFull && seat.told > seat.open) seat.consumer?.look();
      if (seat.isCrowded && slotsOf(seat) > 0) hurry(seat);
      else rest(seat);
    }
  }

  function hurry(seat: Seat): void {
    seat.patience ??= setTimeout(() => {
      seat.isCrowded = false;
      tell(null);
    }, patienceMs).unref();
  }

  function rest(seat: Seat): void {
    clearTimeout(seat.patience);
    seat.patience = undefined;
  }

  function once(seat: Seat, giveBack: () => void): () => void {
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      giveBack();
      tell(seat);
    };
  }

  function open(seat: Seat): () => void {
    seat.open += 1;
    tell(seat);
    return once(seat, () => {
      seat.open -= 1;
      if (!isEmpty()) return;
      for (const resolve of awaited) resolve();
      awaited = [];
    });
  }

  function take(seat: Seat): (() => void) | null {
    if (slotsOf(seat) === 0) {
      seat.isCrowded = true;
      tell(seat);
      return null;
    }
    taken += 1;
    seat.used += 1;
    seat.servedAt = taken;
    rest(seat);
    tell(seat);
    return once(seat, () => {
      seat.used -= 1;
    });
  }

  function viewOf(seat: Seat): PoolSlots {
    return {
      announceTo(consumer) {
        seat.consumer = consumer;
        tell(null);
      },
      open: () => open(seat),
      take: () => take(seat),
      noteEarly() {
        seat.isCrowded = false;
        tell(seat);
      },
      isWaiting: () => slotsOf(seat) > 0 && !seat.isCrowded,
    };
  }

  return {
    of(pool) {
      const known = views.get(pool);
      if (known !== undefined) return known;
      const share = { used: 0, open: 0, isCrowded: false, servedAt: 0 };
      const seat: Seat = { ...share, consumer: null, told: 0, patience: undefined };
      seats.push(seat);
      const view = viewOf(seat);
      views.set(pool, view);
      return view;
    },
    used,
    emptied: () => (isEmpty() ? Promise.resolve() : new Promise((resolve) => awaited.push(resolve))),
  };
}
