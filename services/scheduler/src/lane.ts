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
export function createLane(store: Store, name: string, holder: string): Lane {
  let lease: Lease | null = null;
  let takenAtMs = 0;

  async function take(): Promise<Lease | null> {
    const askedAtMs = monotonicMs();
    const taken = await takeLease(store, name, holder);
    if (taken !== null) takenAtMs = askedAtMs; // counted from the asking: the answer may have been long on its way
    return taken;
  }

  return {
    async hold(work) {
      const held = await take();
      lease = held;
      if (held === null) return null;
      const renewal = setInterval(() => {
        // A renewal that fails or comes under another number lets the time run out, which assertHeld sees.
        take().catch(() => undefined);
      }, renewEveryMs);
      try {
        return await work({
          lease: held,
          assertHeld() {
            if (monotonicMs() - takenAtMs >= leaseMs)
              throw new LaneLost(`the lane ${name} was lost while it was worked on`);
          },
        });
      } finally {
        clearInterval(renewal);
      }
    },
    async release() {
      if (lease !== null) await dropLease(store, lease);
      lease = null;
    },
  };
}
