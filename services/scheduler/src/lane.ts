import { monotonicMs } from '@flotilla/runtime';
import { dropLease, type Lease, leaseMs, type Store, takeLease } from '@flotilla/storage';

/** The lane was lost while its work was under way: nothing more of it may be written. */
export class LaneLost extends Error {
  override readonly name = 'LaneLost';
}

export interface HeldLane {
  readonly lease: Lease;
  /** TX-6: asked before each further statement; throws LaneLost. */
  assertHeld(): void;
}

/** A share of a chore that one replica does at a time. */
export interface Lane {
  /** Does `work` while the lane is held; null where another replica holds it. */
  hold<T>(work: (lane: HeldLane) => Promise<T>): Promise<T | null>;
  /** Gives the lane up, so that an heir need not wait. */
  release(): Promise<void>;
}

const renewEveryMs = leaseMs / 4;

/** TX-6: a lease with a number that fences, renewed by a timer of its own while work is under way. */
export function createLane(store: Store, name: string, holder: string, nowMs = monotonicMs): Lane {
  let lease: Lease | null = null;
  let renewing: Promise<void> = Promise.resolve();

  return {
    async hold(work) {
      let takenAtMs = nowMs(); // counted from the asking: the answer may have been long on its way
      const held = await takeLease(store, name, holder);
      lease = held;
      if (held === null) return null;

      async function renew({ number }: Lease): Promise<void> {
        const askedAtMs = nowMs();
        const renewed = await takeLease(store, name, holder);
        // Under another number the lane is ours again, but was not in between.
        takenAtMs = renewed?.number === number ? askedAtMs : Number.NEGATIVE_INFINITY;
      }
      const renewal = setInterval(() => {
        renewing = renew(held).catch(() => undefined); // the time runs out, which assertHeld sees
      }, renewEveryMs);
      try {
        return await work({
          lease: held,
          assertHeld() {
            if (nowMs() - takenAtMs >= leaseMs)
              throw new LaneLost(`the lane ${name} was lost while it was worked on`);
          },
        });
      } finally {
        clearInterval(renewal);
      }
    },
    async release() {
      await renewing; // a renewal that came after the release would keep the heir waiting
      if (lease !== null) await dropLease(store, lease);
      lease = null;
    },
  };
}
