import type { BlockedBy } from './admit-run.ts';
import type { OtherRun, Overlap } from './overlap.ts';
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

/** GA-1: what may be counted by whoever asks: those whose gates it holds, and those that need none. */
export interface UnblockFacts {
  readonly jobs: ReadonlyMap<string, { readonly overlap: Overlap; readonly runs: readonly OtherRun[] }>;
  readonly pools: ReadonlyMap<string, PoolStanding>;
}

/**
 * GA-2, GA-3: which of the blocked runs are queued again, each with a room held for it. Where one that comes first waits
 * for room alone and may not be judged here, its pool's room is left to who may.
 */
export function unblockRuns(blocked: readonly BlockedRun[], { jobs, pools }: UnblockFacts): string[] {
  const unblocked: string[] = [];
  const heldJobs = new Set<string>();
  const heldRooms = new Map<string, Set<string>>();
  const closed = new Set<string>();
  for (const run of [...blocked].sort(byPlace)) {
    const job = jobs.get(run.jobId);
    const standing = pools.get(run.pool);
    if (standing === undefined || closed.has(run.pool)) continue;
    if (job === undefined) {
      if (run.by === 'pool') closed.add(run.pool);
      continue;
    }
    if (!run.hasStarted && (heldJobs.has(run.jobId) || mustWait(run, job))) continue;
    const held = heldRooms.get(run.pool) ?? new Set(standing.held);
    if (!hasRoom(run, { ...standing, held, waiting: [] })) {
      closed.add(run.pool);
      continue;
    }
    heldRooms.set(run.pool, held.add(run.id));
    if (job.overlap !== 'allow' && !run.hasStarted) heldJobs.add(run.jobId);
    unblocked.push(run.id);
  }
  return unblocked;
}

/** Under `skip` the claim decides: another run under way ends this one. */
function mustWait(
  { id }: BlockedRun,
  { overlap, runs }: { readonly overlap: Overlap; readonly runs: readonly OtherRun[] },
): boolean {
  if (overlap === 'allow' || overlap === 'skip') return false;
  return runs.some((other) => other.id !== id && other.standing !== 'waiting');
}
