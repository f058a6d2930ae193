import { randomUUID } from 'node:crypto';
import { liveness } from '@flotilla/domain';
import { monotonicMs } from '@flotilla/runtime';
import { leaveFleet, registerWorker, type Session, type WorkerIntroduction } from '@flotilla/storage';
import type { Fence } from './guard/fence.ts';
import type { Guard } from './guard/guard.ts';
import { createInsideTurns } from './inside-turns.ts';

/** Starts the guard of a worker id; resolves once it answers. */
export type StartGuard = (workerId: string) => Promise<Guard>;

/** Who this process is to the fleet: a worker id and its guard, which belong together (GD-1, LV-6). */
export interface Membership {
  /** The id under which this process is in the ledger; null while it is in none. */
  id(): string | null;
  /** GD-4: the guard under which a turn may begin now; null: nothing may be claimed or begun. */
  permission(): Guard | null;
  /** GD-7: that of turns inside the worker that begin now. */
  fence(): Fence;
  /** Brings about what is missing: a new id with its guard and its row, or a new guard of the same id. */
  join(): Promise<void>;
  /** LV-6: a beat that was sent at this time, on the monotonic clock, was answered with "alive". */
  heard(beatSentAtMs: number): void;
  /** LV-6: the ledger says that this worker is dead. Resolves once its guard has ended, and its turns with it. */
  lose(): Promise<void>;
  /** The last word: closes the row, then ends the guard. */
  leave(why: string): Promise<void>;
  /** Why nothing may be begun, in one line; null where all is well. */
  problem(): string | null;
}

export interface MembershipOptions {
  readonly session: Session;
  readonly introduction: Omit<WorkerIntroduction, 'id'>;
  readonly startGuard: StartGuard;
  /** The guard has ended alone, and what it guarded with it. */
  readonly onGuardLost: (workerId: string) => void;
  /** GD-7: after so long without an answered beat turns inside the worker are stopped. Default `liveness.fenceMs`. */
  readonly fenceMs?: number;
}

interface Member {
  readonly id: string;
  guard: Guard | null;
  isInLedger: boolean;
  fence: AbortController;
  /** GD-7: when the beat was sent that was answered last, on the monotonic clock. */
  heardAtMs: number;
  /** GD-7: by a timer of the worker's own, which waits for no word of the guard. */
  fenceTimer: NodeJS.Timeout | undefined;
}

/** A worker that was declared dead comes back as another (LV-6); one whose guard died stays the same. */
export function createMembership(options: MembershipOptions): Membership {
  const { session, introduction, startGuard, onGuardLost, fenceMs = liveness.fenceMs } = options;
  let member: Member | null = null;
  let guardProblem: string | null = null;
  const inside = createInsideTurns(() => member?.guard ?? null);

  async function takeGuard(joining: Member): Promise<void> {
    const guard = await startGuard(joining.id).catch((error: unknown) => {
      guardProblem = `its guard could not be started: ${error instanceof Error ? error.message : String(error)}`;
      throw error;
    });
    guardProblem = null;
    joining.guard = guard;
    inside.tell(guard);
    guard.onFenced(() => {
      if (joining.guard === guard) joining.fence.abort('fenced');
    });
    void guard.ended.then(() => {
      if (member !== joining || joining.guard !== guard) return;
      joining.guard = null;
      joining.fence.abort('fenced'); // nobody would kill the worker for a turn inside it that hangs
      onGuardLost(joining.id);
    });
  }

  function forget(): Guard | null {
    const guard = member?.guard ?? null;
    clearTimeout(member?.fenceTimer);
    member?.fence.abort('fenced');
    member = null;
    return guard;
  }

  return {
    id: () => (member?.isInLedger === true ? member.id : null),
    permission() {
      const guard = member?.isInLedger === true ? member.guard : null;
      return guard?.mayStart() === true ? guard : null;
    },
    fence() {
      const entered = member;
      const fence = entered?.fence ?? endedFence();
      return {
        signal: fence.signal,
        isPast() {
          if (monotonicMs() - (entered?.heardAtMs ?? 0) >= fenceMs) fence.abort('fenced');
          return fence.signal.aborted;
        },
        enter: inside.enter,
      };
    },
    async join() {
      member ??= newMember();
      const joining = member;
      if (joining.guard === null) await takeGuard(joining);
      if (joining.isInLedger) return;
      await registerWorker(session, { ...introduction, id: joining.id });
      joining.isInLedger = true;
    },
    heard(beatSentAtMs) {
      const alive = member;
      if (alive === null || alive.guard === null) return;
      alive.guard.dot(beatSentAtMs);
      alive.heardAtMs = Math.max(alive.heardAtMs, beatSentAtMs);
      if (alive.fence.signal.aborted) alive.fence = new AbortController();
      clearTimeout(alive.fenceTimer);
      const leftMs = beatSentAtMs + fenceMs - monotonicMs();
      alive.fenceTimer = setTimeout(() => alive.fence.abort('fenced'), leftMs).unref();
    },
    async lose() {
      const guard = forget();
      await inside.gone(); // GD-7: of the dead id no beat is answered any more, so its guard ends us where a turn hangs
      await guard?.end();
    },
    async leave(why) {
      const workerId = member?.id;
      const guard = forget();
      try {
        if (workerId !== undefined) await leaveFleet(session, workerId, why);
      } finally {
        await guard?.end();
      }
    },
    problem() {
      if (member === null || !member.isInLedger)
        return guardProblem ?? 'it is joining the fleet under a new id';
      if (member.guard === null)
        return guardProblem ?? 'its guard has ended, and the next one is not there yet';
      return member.guard.mayStart() ? null : 'no beat was answered lately: no turn is started';
    },
  };
}

function endedFence(): AbortController {
  const fence = new AbortController();
  fence.abort('fenced');
  return fence;
}

function newMember(): Member {
  return {
    id: randomUUID(),
    guard: null,
    isInLedger: false,
    fence: new AbortController(),
    heardAtMs: Number.NEGATIVE_INFINITY,
    fenceTimer: undefined,
  };
}
