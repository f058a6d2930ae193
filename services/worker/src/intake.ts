import type { Consumer } from '@flotilla/queue';

/** Why a worker takes no messages for a while; null where nobody needs to hear of it. */
const reasons = {
  unheard: 'no beat was answered since it lost touch with the ledger (CL-5, GD-4)',
  skewed: 'its clock and the database’s are too far apart (CK-2)',
  noRoom: 'a moment ago it could not begin a turn (CL-3): look at its log',
  draining: null,
} as const;

export type ClosedFor = keyof typeof reasons;

/** What comes from the queue: closed while there is any reason to take nothing. */
export interface Intake {
  /** Pauses this consumer too while the intake is closed. */
  control(consumer: Pick<Consumer, 'pause' | 'resume'>): void;
  isOpen(): boolean;
  close(why: ClosedFor): Promise<void>;
  closeFor(why: ClosedFor, ms: number): void;
  /** This reason is over, or was none. */
  open(why: ClosedFor): void;
  problem(): string | null;
}

/** Closed until the first beat is answered: only an alive worker takes anything (LV-6). */
export function createIntake(): Intake {
  const closed = new Set<ClosedFor>(['unheard']);
  const timers = new Map<ClosedFor, NodeJS.Timeout>();
  const consumers: Pick<Consumer, 'pause' | 'resume'>[] = [];

  const close = async (why: ClosedFor): Promise<void> => {
    closed.add(why);
    await Promise.all(consumers.map((consumer) => consumer.pause()));
  };
  const open = (why: ClosedFor): void => {
    closed.delete(why);
    if (closed.size > 0) return;
    for (const consumer of consumers) consumer.resume(); // also where it is open already: none must ever stay silent
  };
  return {
    control(consumer) {
      consumers.push(consumer);
      if (closed.size === 0) consumer.resume();
    },
    isOpen: () => closed.size === 0,
    close,
    closeFor(why, ms) {
      clearTimeout(timers.get(why));
      timers.set(why, setTimeout(() => open(why), ms).unref());
      void close(why);
    },
    open,
    problem() {
      const told = [...closed].flatMap((why) => reasons[why] ?? []);
      return told.length === 0 ? null : `takes no runs: ${told.join('; ')}`;
    },
  };
}
