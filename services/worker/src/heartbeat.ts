import { monotonicMs, type StepResult } from '@flotilla/runtime';
import { type BeatAnswer, handBack, type Store, sendBeat } from '@flotilla/storage';
import type { DatabaseClock } from './database-clock.ts';
import type { InHand } from './in-hand.ts';
import type { Membership } from './membership.ts';

export interface HeartbeatOptions {
  /** LV-1: a connection of the beat's own. */
  readonly store: Store;
  readonly membership: Membership;
  readonly inHand: InHand;
  readonly clock: DatabaseClock;
  readonly lagMs: () => number;
  readonly isDraining: () => boolean;
  /** Runs whose claim is not answered yet: they are not in hand, and not forgotten. */
  readonly isClaiming: (runId: string) => boolean;
  readonly onDeclaredDead: (workerId: string) => void;
  readonly onDisowned: (runId: string) => void;
  readonly onHandedBack: (runIds: readonly string[]) => void;
}

type LedgerRun = Extract<BeatAnswer, { kind: 'alive' }>['runs'][number];

/** One beat: says that the worker lives, hears what the ledger thinks it has, and acts where the two differ. */
export function createHeartbeat(options: HeartbeatOptions) {
  const { store, membership, inHand, clock, isClaiming } = options;
  let number = 0;
  /** Runs that the last beat's answer had at work here and that are not in hand. */
  let unknown: ReadonlySet<string> = new Set();

  async function beat(workerId: string): Promise<void> {
    number += 1;
    const sentAtMs = monotonicMs();
    const sentAt = Date.now();
    const inHandNow = inHand.all().length;
    const answer = await sendBeat(store, {
      workerId,
      number,
      inHand: inHandNow,
      lagMs: options.lagMs(),
      draining: options.isDraining(),
    });
    if (answer.kind === 'dead') {
      declaredDead(workerId);
      return;
    }
    clock.observe(answer.now, sentAt, Date.now());
    endCancelled(answer.runs);
    endDisowned(answer.runs, sentAtMs);
    await handBackUnknown(workerId, answer.runs);
  }

  /** LV-6: kills what is in hand; claims in flight find another id and start nothing. */
  function declaredDead(workerId: string): void {
    membership.lose();
    inHand.stopAll('disowned');
    unknown = new Set();
    options.onDeclaredDead(workerId);
  }

  function endCancelled(runs: readonly LedgerRun[]): void {
    for (const { runId, cancelRequested } of runs) {
      if (cancelRequested) inHand.get(runId)?.stop.abort('cancelled');
    }
  }

  /** LV-2: only runs whose claim was answered before this beat was sent: a late answer kills no turn of its own. */
  function endDisowned(runs: readonly LedgerRun[], sentAtMs: number): void {
    const own = new Map(runs.map((run) => [run.runId, run.attempt]));
    for (const held of inHand.all()) {
      if (held.hasEnded || held.claimedAtMs >= sentAtMs) continue;
      if (own.get(held.runId) === held.attempt) continue;
      held.stop.abort('disowned');
      options.onDisowned(held.runId);
    }
  }

  /** LV-1, CL-3: what is not in hand after two beats was never started here: a turn stays in hand until it is settled. */
  async function handBackUnknown(workerId: string, runs: readonly LedgerRun[]): Promise<void> {
    const missing = runs.filter(({ runId }) => inHand.get(runId) === undefined && !isClaiming(runId));
    const again = missing.filter(({ runId }) => unknown.has(runId));
    unknown = new Set(missing.map(({ runId }) => runId));
    if (again.length === 0) return;
    await handBack(store, workerId, again);
    options.onHandedBack(again.map(({ runId }) => runId));
  }

  return async (): Promise<StepResult> => {
    const workerId = membership.id();
    if (workerId === null) await membership.join();
    else await beat(workerId);
    return 'idle';
  };
}
