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
  /** CL-3: the claim with this token was given up, and is known to have started nothing. */
  readonly isGivenUp: (token: string) => boolean;
  readonly onAlive: () => void;
  /** Told before the old guard ends: from now on nothing that the old id has got is started. */
  readonly onDeclaredDead: (workerId: string) => void;
  readonly onDisowned: (runId: string) => void;
  readonly onHandedBack: (runIds: readonly string[]) => void;
}

type LedgerRun = Extract<BeatAnswer, { kind: 'alive' }>['runs'][number];

/** One beat: says that the worker lives, hears what the ledger thinks it has, and acts where the two differ. */
export function createHeartbeat(options: HeartbeatOptions) {
  const { store, membership, inHand, clock, isClaiming, isGivenUp } = options;
  let number = 0;
  /** Runs that the last beat's answer had at work here and that are not in hand. */
  let unknown: ReadonlySet<string> = new Set();

  async function beat(workerId: string): Promise<void> {
    number += 1;
    const sentAtMs = monotonicMs();
    const answer = await sendBeat(store, {
      workerId,
      number,
      inHand: inHand.all().length,
      lagMs: options.lagMs(),
      draining: options.isDraining(),
      skewMs: clock.skewMs(),
    });
    if (answer.kind === 'dead') {
      await declaredDead(workerId);
      return;
    }
    membership.heard(sentAtMs); // GD-3: when it was sent, not when it was answered
    clock.observe(answer.now, monotonicMs() - sentAtMs);
    options.onAlive();
    endCancelled(answer.runs);
    fenceGated(answer.runs);
    endDisowned(answer.runs, sentAtMs);
    await handBackUnstarted(workerId, answer.runs);
  }

  /** LV-6: kills what is in hand; claims in flight find another id and start nothing. */
  async function declaredDead(workerId: string): Promise<void> {
    inHand.stopAll('disowned');
    unknown = new Set();
    const lost = membership.lose(); // the id is gone before anybody hears of it
    options.onDeclaredDead(workerId);
    await lost;
  }

  function endCancelled(runs: readonly LedgerRun[]): void {
    for (const { runId, attempt, cancelRequested } of runs) {
      const held = cancelRequested ? inHand.get(runId) : undefined;
      if (held?.attempt === attempt) held.stop.abort('cancelled');
    }
  }

  /** GD-4: an edit may have given a gate to a job whose turn is at work. */
  function fenceGated(runs: readonly LedgerRun[]): void {
    for (const { runId, attempt, isGated } of runs) {
      const held = isGated ? inHand.get(runId) : undefined;
      if (held?.attempt === attempt) held.gated.abort();
    }
  }

  /** LV-2: only runs whose claim was answered before this beat was sent: a late answer kills no turn of its own. */
  function endDisowned(runs: readonly LedgerRun[], sentAtMs: number): void {
    const own = new Map(runs.map((run) => [run.runId, run.attempt]));
    for (const held of inHand.all()) {
      if (held.hasEnded || held.claimedAtMs >= sentAtMs || held.stop.signal.reason === 'disowned') continue;
      if (own.get(held.runId) === held.attempt) continue;
      held.stop.abort('disowned');
      options.onDisowned(held.runId);
    }
  }

  /**
   * LV-1, CL-3: what is not in hand after two beats was never started here: a turn stays in hand until it is settled. Of
   * a claim that was given up this is known at once.
   */
  async function handBackUnstarted(workerId: string, runs: readonly LedgerRun[]): Promise<void> {
    const missing = runs.filter(({ runId }) => inHand.get(runId) === undefined && !isClaiming(runId));
    const unstarted = missing.filter(({ runId, token }) => isGivenUp(token) || unknown.has(runId));
    unknown = new Set(missing.map(({ runId }) => runId));
    if (unstarted.length === 0) return;
    await handBack(store, workerId, unstarted);
    options.onHandedBack(unstarted.map(({ runId }) => runId));
  }

  return async (): Promise<StepResult> => {
    const failure = await membership.join().then(
      () => null,
      (error: unknown) => ({ error }),
    );
    // A worker without a guard begins nothing, but lives: what it has in hand is still to be settled.
    const workerId = membership.id();
    if (workerId !== null) await beat(workerId);
    if (failure !== null) throw failure.error;
    return 'idle';
  };
}
