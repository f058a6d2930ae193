import { monotonicMs } from '@flotilla/runtime';
import type { Store } from '@flotilla/storage';
import { createMembership, type Membership } from './membership.ts';
import { aGuard, type TestGuard } from './test-guard.ts';
import { aStore } from './test-store.ts';

export interface TestMembership extends Membership {
  /** In the order of their start; the last one is that of the present id. */
  readonly guards: readonly TestGuard[];
  /** The guard that was started last. */
  guard(): TestGuard;
  /** Guards that cannot be started from now on, or can again. */
  refuseGuards(why: string | null): void;
  readonly guardsLost: readonly string[];
}

/** For tests alone: a membership whose guards have no process. */
export function aMembership(session: Store = aStore({}), fenceMs = 20_000): TestMembership {
  const guards: TestGuard[] = [];
  const guardsLost: string[] = [];
  let refusal: string | null = null;
  const membership = createMembership({
    session,
    introduction: { host: 'here', pid: 1, version: '0', pools: ['default'], slots: 1 },
    async startGuard() {
      if (refusal !== null) throw new Error(refusal);
      const guard = aGuard();
      guards.push(guard);
      return guard;
    },
    fenceMs,
    onGuardLost: (workerId) => guardsLost.push(workerId),
  });
  return {
    ...membership,
    guards,
    guardsLost,
    guard() {
      const guard = guards.at(-1);
      if (guard === undefined) throw new Error('no guard was started');
      return guard;
    },
    refuseGuards(why) {
      refusal = why;
    },
  };
}

/** One that has joined, and whose first beat was answered. */
export async function anAliveMembership(): Promise<TestMembership> {
  const membership = aMembership();
  await membership.join();
  membership.heard(monotonicMs());
  return membership;
}
