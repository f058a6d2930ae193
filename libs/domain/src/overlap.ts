import type { CatchUp } from './catch-up.ts';
import { byPlace, type Place } from './place.ts';

export const overlaps = ['skip', 'queue', 'latest', 'cancel', 'allow'] as const;

/** What becomes of a run that is due while another run of its job is under way. */
export type Overlap = (typeof overlaps)[number];

/**
 * Another run of a job that is not settled: at work (`running`), waiting for its next attempt (`again`), unblocked with a
 * room held for it and never started (`held`), or blocked and never started (`waiting`).
 */
export interface OtherRun extends Place {
  readonly standing: 'running' | 'again' | 'held' | 'waiting';
}

/** What a run's start or wait does to another run of its job. */
export interface OverlapEnd {
  readonly id: string;
  /** `supersede`: settled as missed. `cancel`: settled, or asked to end where it is at work. */
  readonly kind: 'supersede' | 'cancel';
}

export type OverlapDecision =
  | { readonly kind: 'free'; readonly ends: readonly OverlapEnd[] }
  | { readonly kind: 'wait'; readonly ends: readonly OverlapEnd[] }
  | {
      readonly kind: 'settle';
      readonly state: 'skipped' | 'missed' | 'cancelled';
      readonly reason: 'overlap' | 'backlog' | 'superseded' | 'overlap_cancel';
    };

interface OverlapFacts {
  readonly overlap: Overlap;
  /** Runs of the job that may wait for others; null: it is not asked. */
  readonly backlog: number | null;
  /** GA-3: the run was unblocked, and its place is held: nobody who waits comes before it. */
  readonly isHeld: boolean;
  readonly others: readonly OtherRun[];
}

/** GA-1: deciding about a run of this job counts other runs, so its gate is locked first. */
export function countsOthers(overlap: Overlap, catchUp: CatchUp['policy'] | null): boolean {
  return overlap !== 'allow' || catchUp === 'all';
}

/** AD-1, AD-2: whether a run that has never started may do so beside the others of its job. */
export function decideOverlap(run: Place, facts: OverlapFacts): OverlapDecision {
  const { overlap, others } = facts;
  const started = others.filter(({ standing }) => standing === 'running' || standing === 'again');
  const unstarted = others.filter(({ standing }) => standing === 'held' || standing === 'waiting');
  switch (overlap) {
    case 'allow':
      return free;
    case 'skip':
      return isBusy(run, facts) ? { kind: 'settle', state: 'skipped', reason: 'overlap' } : free;
    case 'queue':
      return isBusy(run, facts) ? queued(facts) : free;
    case 'latest': {
      if (unstarted.some((other) => isNewer(other, run)))
        return { kind: 'settle', state: 'missed', reason: 'superseded' };
      const ends = unstarted.map(({ id }) => ({ id, kind: 'supersede' as const }));
      return { kind: started.length > 0 ? 'wait' : 'free', ends };
    }
    case 'cancel': {
      if (unstarted.some((other) => isNewer(other, run)))
        return { kind: 'settle', state: 'cancelled', reason: 'overlap_cancel' };
      const ends = others.map(({ id }) => ({ id, kind: 'cancel' as const }));
      return { kind: others.some(({ standing }) => standing === 'running') ? 'wait' : 'free', ends };
    }
  }
}

const free: OverlapDecision = { kind: 'free', ends: [] };

/** Somebody is at work, about to be, or waits before this run. */
function isBusy(run: Place, { isHeld, others }: OverlapFacts): boolean {
  return others.some((other) => other.standing !== 'waiting' || (!isHeld && byPlace(other, run) < 0));
}

/** Where nobody is at work or about to be, the first of those that wait merely awaits a slot. */
function queued({ backlog, others }: OverlapFacts): OverlapDecision {
  const waiting = others.filter(({ standing }) => standing === 'waiting').length;
  const forOthers = waiting < others.length ? waiting : waiting - 1;
  const isFull = backlog !== null && forOthers >= backlog;
  return isFull ? { kind: 'settle', state: 'skipped', reason: 'backlog' } : { kind: 'wait', ends: [] };
}

/** By when they were to start, whatever their priority; the id decides between two of one instant. */
function isNewer(one: Place, other: Place): boolean {
  return one.dueAt > other.dueAt || (one.dueAt === other.dueAt && one.id > other.id);
}
