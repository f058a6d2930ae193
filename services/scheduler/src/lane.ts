import { monotonicMs } from '@flotilla/runtime';
import { dropLease, type Lease, leaseMs, renumberLease, type Store, takeLease } from '@flotilla/storage';

/** The lane was lost while its work was under way: nothing more of it may be written. */
export class LaneLost extends Error {
  override readonly name = 'LaneLost';
}

export interface HeldLane {
  readonly lease: Lease;
  /** TX-6: asked before each further statement; throws LaneLost. */
  assertHeld(): void;
  /**
   * Goes on under a new number: what was written under the old one, and may still be on its way to the database, comes
   * to nothing. Throws LaneLost.
   */
  renumber(): Promise<void>;
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
  let kept: KeptLease | null = null;

  return {
    async hold(work) {
      const askedAtMs = nowMs(); // counted from the asking: the answer may have been long on its way
      lease = await takeLease(store, name, holder);
      if (lease === null) return null;
      kept = keepLease(store, { lease, askedAtMs, nowMs });
      try {
        return await work(kept);
      } finally {
        kept.leave();
        lease = kept.lease;
      }
    },
    async release() {
      await kept?.renewed(); // a renewal that came after the release would keep the heir waiting
      if (lease !== null) await dropLease(store, lease);
      lease = null;
    },
  };
}

interface KeptLease extends HeldLane {
  /** It is renewed no more. */
  leave(): void;
  /** Resolves when no renewal is under way. */
  renewed(): Promise<void>;
}

function keepLease(
  store: Store,
  { lease: taken, askedAtMs, nowMs }: { lease: Lease; askedAtMs: number; nowMs: () => number },
): KeptLease {
  const { name, holder } = taken;
  let [lease, heldSinceMs, isRenumbering] = [taken, askedAtMs, false];
  let renewing: Promise<void> = Promise.resolve();

  async function renew({ number }: Lease): Promise<void> {
    const renewAtMs = nowMs();
    const renewed = await takeLease(store, name, holder);
    // Under another number the lane is ours again, but was not in between.
    heldSinceMs = renewed?.number === number ? renewAtMs : Number.NEGATIVE_INFINITY;
  }
  const renewal = setInterval(() => {
    if (isRenumbering) return;
    renewing = renew(lease).catch(() => undefined); // the time runs out, which assertHeld sees
  }, renewEveryMs);

  return {
    get lease() {
      return lease;
    },
    assertHeld() {
      if (nowMs() - heldSinceMs >= leaseMs)
        throw new LaneLost(`the lane ${name} was lost while it was worked on`);
    },
    async renumber() {
      isRenumbering = true;
      try {
        await renewing; // its answer would be of the old number
        const renumberAtMs = nowMs();
        const renumbered = await renumberLease(store, lease);
        if (renumbered === null) throw new LaneLost(`the lane ${name} has lapsed`);
        [lease, heldSinceMs] = [renumbered, renumberAtMs];
      } finally {
        isRenumbering = false;
      }
    },
    leave: () => clearInterval(renewal),
    renewed: () => renewing,
  };
}
