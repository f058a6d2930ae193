import type { JobStanding, OtherRun, Overlap, Place, PoolStanding, Standings } from '@flotilla/domain';
import type { Session } from './connect.ts';
import { readJobStandings, readPoolStandings } from './sql/standings.ts';

interface PoolRow {
  readonly name: string;
  readonly capacity: number;
  readonly running: number;
  readonly held: readonly string[];
  readonly waiting: readonly Place[];
}

/** Runs that wait for room in a pool, of which a batch needs to know so many. */
const waitingRead = 201;

export interface CountedJob {
  readonly jobId: string;
  readonly overlap: Overlap;
}

/** TX-1: what runs are counted against, read after the gates of these jobs and pools are locked. */
export async function readStandings(
  session: Session,
  jobs: readonly CountedJob[],
  pools: readonly string[],
): Promise<Standings> {
  return { jobs: await jobStandings(session, jobs), pools: await poolStandings(session, pools) };
}

async function jobStandings(
  session: Session,
  jobs: readonly CountedJob[],
): Promise<ReadonlyMap<string, JobStanding>> {
  // One that lets its runs overlap counts none of them, however many there are.
  const counting = jobs.filter(({ overlap }) => overlap !== 'allow').map(({ jobId }) => jobId);
  const rows =
    counting.length === 0
      ? []
      : await session.ask<OtherRun & { jobId: string }>(readJobStandings, [counting]);
  return new Map(jobs.map(({ jobId }) => [jobId, { runs: rows.filter((row) => row.jobId === jobId) }]));
}

async function poolStandings(
  session: Session,
  pools: readonly string[],
): Promise<ReadonlyMap<string, PoolStanding>> {
  if (pools.length === 0) return new Map();
  const rows = await session.ask<PoolRow>(readPoolStandings, [pools, waitingRead]);
  return new Map(rows.map(({ name, held, ...row }) => [name, { ...row, held: new Set(held) }]));
}
