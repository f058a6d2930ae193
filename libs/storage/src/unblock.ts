import {
  type BlockedRun,
  unblockRuns as decideUnblocked,
  type Overlap,
  type PoolStanding,
  unlimited,
} from '@flotilla/domain';
import type { Session } from './connect.ts';
import { markBlocked, readBlockedBehind, unblockRuns } from './sql/unblock.ts';
import { readStandings } from './standings.ts';

/** What an end has made possible: runs that are queued again, and room that is left for `admit-blocked` to give. */
export interface RoomMade {
  readonly unblocked: readonly string[];
  readonly isLeft: boolean;
}

export const noRoom: RoomMade = { unblocked: [], isLeft: false };

export interface BlockedRow extends BlockedRun {
  readonly overlap: Overlap;
  readonly isCapped: boolean;
}

/**
 * GA-2: what may start now that runs have ended whose gates are held: of each of their jobs the oldest blocked run, and in
 * each of their pools as many as have ended, as long as the next one's job has no gate or one of these. To be asked after
 * the ends are written (TX-1).
 */
export async function unblockBehind(
  session: Session,
  gates: readonly string[],
  ended: number,
): Promise<RoomMade> {
  if (gates.length === 0) return noRoom;
  const { jobs, pools } = countedBy(gates);
  const blocked = await session.ask<BlockedRow>(readBlockedBehind, [jobs, pools, ended]);
  return unblock(session, blocked, gates);
}

/** GA-1: queues again which of the blocked runs may start, as far as the gates that are held allow to count. */
export async function unblock(
  session: Session,
  blocked: readonly BlockedRow[],
  gates: readonly string[],
): Promise<RoomMade> {
  if (blocked.length === 0) return noRoom;
  const held = countedBy(gates);
  const ofJob = new Map(blocked.map((run) => [run.jobId, run.overlap]));
  const counted = [...ofJob]
    .filter(([jobId, overlap]) => overlap === 'allow' || held.jobs.includes(jobId))
    .map(([jobId, overlap]) => ({ jobId, overlap }));
  const standings = await readStandings(session, counted, held.pools);
  const jobs = new Map(
    counted.map(({ jobId, overlap }) => [jobId, { overlap, runs: standings.jobs.get(jobId)?.runs ?? [] }]),
  );
  const uncapped = blocked.filter(({ isCapped }) => !isCapped).map(({ pool }) => [pool, unlimited] as const);
  const pools = new Map([...uncapped, ...standings.pools]);
  const { unblocked: chosen, moved } = decideUnblocked(blocked, { jobs, pools });
  if (moved.size > 0) await session.ask(markBlocked, [[...moved.keys()], [...moved.values()]]);
  const rows = chosen.length === 0 ? [] : await session.ask<{ id: string }>(unblockRuns, [chosen]);
  const unblocked = rows.map((row) => row.id);
  const isForeign = ({ jobId, by, hasStarted }: BlockedRow) =>
    by === 'pool' && !hasStarted && !jobs.has(jobId);
  const hasRoomLeft = ({ pool }: BlockedRow) =>
    freeRooms(pools.get(pool), countIn(blocked, chosen, pool)) > 0;
  return {
    unblocked,
    isLeft: unblocked.length < chosen.length || blocked.some((run) => isForeign(run) && hasRoomLeft(run)),
  };
}

function countIn(blocked: readonly BlockedRow[], chosen: readonly string[], pool: string): number {
  return blocked.filter((run) => run.pool === pool && chosen.includes(run.id)).length;
}

function freeRooms(standing: PoolStanding | undefined, given: number): number {
  if (standing === undefined) return 0;
  const { capacity, running, held } = standing;
  return capacity === null ? Number.POSITIVE_INFINITY : capacity - running - held.size - given;
}

/** What stands behind gates: `job:<id>`, `pool:<name>`. */
function countedBy(gates: readonly string[]): { jobs: string[]; pools: string[] } {
  const of = (kind: string) =>
    gates.filter((id) => id.startsWith(`${kind}:`)).map((id) => id.slice(kind.length + 1));
  return { jobs: of('job'), pools: of('pool') };
}
