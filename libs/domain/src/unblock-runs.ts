import type { BlockedBy } from './admit-run.ts';
import { decideOverlap, type OtherRun, type Overlap } from './overlap.ts';
import { byPlace, type Place } from './place.ts';
import { hasRoom, type PoolStanding } from './pool.ts';

/** A run that waits for the other runs of its job, or for room in its pool. */
export interface BlockedRun extends Place {
  readonly jobId: string;
  readonly pool: string;
  readonly by: BlockedBy;
  /** It waits for its next attempt: no overlap is asked (AD-2). */
  readonly hasStarted: boolean;
}

interface CountedJob {
  readonly overlap: Overlap;
  readonly runs: readonly OtherRun[];
}

/** GA-1: what may be counted by whoever asks: those whose gates it holds, and those that need none. */
export interface UnblockFacts {
  readonly jobs: ReadonlyMap<string, CountedJob>;
  readonly pools: ReadonlyMap<string, PoolStanding>;
}

export interface Unblocking {
  /** They are queued again, each with a room held for it, in this order. */
  readonly unblocked: readonly string[];
  /**
   * By run id: they stay blocked, and wait for something else now. A mark and not a transition: it tells who waits in
   * the line of a pool, so that nobody who comes later passes.
   */
  readonly moved: ReadonlyMap<string, BlockedBy>;
}

/**
 * GA-2, GA-3: which of the blocked runs go on. A run that its claim would settle goes on too. Where one that comes first
 * waits for room alone and may not be judged here, its pool's room is left to who may.
 */
export function unblockRuns(blocked: readonly BlockedRun[], facts: UnblockFacts): Unblocking {
  const fold = new Fold(facts);
  for (const run of [...blocked].sort(byPlace)) fold.decide(run);
  return fold;
}

class Fold implements Unblocking {
  readonly unblocked: string[] = [];
  readonly moved = new Map<string, BlockedBy>();
  readonly #facts: UnblockFacts;
  /** By pool, with those that go on. */
  readonly #held = new Map<string, Set<string>>();
  /** Their next room is for a run that may not be judged here. */
  readonly #closed = new Set<string>();

  constructor(facts: UnblockFacts) {
    this.#facts = facts;
  }

  decide(run: BlockedRun): void {
    const waitsFor = this.#waitsFor(run);
    if (waitsFor === 'nothing') this.unblocked.push(run.id);
    else if (waitsFor !== 'unknown' && waitsFor !== run.by) this.moved.set(run.id, waitsFor);
  }

  #waitsFor(run: BlockedRun): BlockedBy | 'nothing' | 'unknown' {
    const pool = this.#facts.pools.get(run.pool);
    if (pool === undefined) return 'unknown';
    if (!run.hasStarted) {
      const job = this.#facts.jobs.get(run.jobId);
      if (job === undefined) {
        if (run.by === 'pool') this.#closed.add(run.pool);
        return 'unknown';
      }
      if (mustWait(run, job)) return 'overlap';
    }
    return this.#takesRoom(run, pool) ? 'nothing' : 'pool';
  }

  #takesRoom({ id, pool: name, ...place }: BlockedRun, pool: PoolStanding): boolean {
    const held = this.#held.get(name) ?? new Set(pool.held);
    const isFree = !this.#closed.has(name) && hasRoom({ id, ...place }, { ...pool, held, waiting: [] });
    if (isFree) this.#held.set(name, held.add(id));
    return isFree;
  }
}

/** Those that go on before it still count as waiting before it. The backlog was asked when it was blocked. */
function mustWait(run: BlockedRun, { overlap, runs }: CountedJob): boolean {
  const others = runs.filter(({ id }) => id !== run.id);
  return decideOverlap(run, { overlap, others, backlog: null, isHeld: false }).kind === 'wait';
}
