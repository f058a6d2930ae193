import { Queue } from 'bullmq';
import { waitFor } from '../../support/wait-for.ts';
import type { Figure } from '../figure.ts';
import { awaitHandedOut, awaitSettled } from '../fleet/await-runs.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { onFleet, onPremises } from '../fleet/on-fleet.ts';
import type { Premises } from '../fleet/premises.ts';
import { putBatch, putRuns } from '../fleet/put-runs.ts';
import { lateness, readRuns } from '../fleet/read-runs.ts';
import { waitingJob } from '../fleet/waiting-job.ts';
import { startPeers } from '../peers/start-peers.ts';
import { percentile } from '../percentile.ts';
import { type Load, watchLoad } from '../profile/watch-load.ts';
import { repeat } from '../repeat.ts';
import type { Bench, Scenario } from '../scenario.ts';

/** One round of one herd. */
interface Round {
  readonly lateMs: readonly number[];
  readonly lost: number;
  readonly doubled: number;
}

const size = { workers: 4, slots: 50 };
const count = (bench: Bench) => (bench.isQuick ? 2_000 : 10_000);

export const herd: Scenario = {
  title: 'herd: 10,000 due in one millisecond (2,000 with --quick): due → claim',
  settings: [
    '4 workers × 50 slots; no-op turns inside the worker; all handed out before they are due',
    'bare BullMQ: the same number of delayed jobs in the same millisecond, on the same Redis, 4 workers × 50; due → processor called',
    'lost: turns that were never carried out; doubled: carried out more than once; by what workers write down themselves',
  ],
  rounds: 3,
  measure: (bench) =>
    onPremises(async (premises) => {
      const bare = await bareBullmq(bench, premises);
      const { rounds, load } = await ours(bench, premises);
      return { figures: figuresOf(rounds, bare), load: [load] };
    }),
};

function figuresOf(ours: readonly Round[], bare: readonly Round[]): Figure[] {
  const of = (rounds: readonly Round[], share: number) =>
    rounds.map(({ lateMs }) => percentile(lateMs, share));
  const bareP99 = of(bare, 0.99);
  return [
    { what: 'p99', unit: 'ms', rounds: of(ours, 0.99) },
    { what: 'p50', unit: 'ms', rounds: of(ours, 0.5) },
    { what: 'bare BullMQ: p99', unit: 'ms', rounds: bareP99 },
    { what: 'bare BullMQ: p50', unit: 'ms', rounds: of(bare, 0.5) },
    {
      what: 'p99 ÷ bare BullMQ’s',
      unit: '×',
      rounds: of(ours, 0.99).map((late, round) => late / (bareP99[round] ?? Number.NaN)),
      bound: { atMost: 2.5 },
    },
    { what: 'lost', unit: '', rounds: ours.map(({ lost }) => lost), bound: { atMost: 0 } },
    { what: 'doubled', unit: '', rounds: ours.map(({ doubled }) => doubled), bound: { atMost: 0 } },
  ];
}

async function ours(bench: Bench, premises: Premises): Promise<{ rounds: Round[]; load: Load }> {
  return onFleet(bench, premises, size, async (fleet) => {
    const end = await watchLoad('flotilla', premises, fleet.services);
    const rounds = await repeat(bench.rounds, (round) => ourRound(fleet, `herd-${round}`, count(bench)));
    return { rounds, load: await end() };
  });
}

async function ourRound(fleet: Fleet, name: string, count: number): Promise<Round> {
  const job = await playHerd(fleet, name, count);
  const runs = await readRuns(fleet, [job]);
  const ids = new Set(runs.map(({ id }) => id));
  const turns = await waitFor('all turns to be written down', async () => {
    const written = (await fleet.turns()).filter((id) => ids.has(id));
    return written.length >= count && written;
  });
  const carriedOut = new Set(turns).size;
  return { lateMs: lateness(runs), lost: count - carriedOut, doubled: turns.length - carriedOut };
}

/** Gives the job of a herd that was handed out before it was due: what a machine is too busy for is put again, later. */
async function playHerd(fleet: Fleet, name: string, count: number): Promise<string> {
  for (let tries = 1, aheadMs = 3_000 + 0.7 * count; ; tries++, aheadMs *= 2) {
    const job = `${name}-${tries}`;
    await fleet.api.putJob(job, waitingJob(0));
    const dueAt = Date.now() + aheadMs;
    await putRuns(fleet, job, count, dueAt);
    const isInTime = await awaitHandedOut(fleet, dueAt);
    await awaitSettled(fleet, [job]);
    if (isInTime) return job;
    if (tries === 4) throw new Error(`${count} runs were not handed out within ${aheadMs / 1_000} s`);
  }
}

async function bareBullmq(bench: Bench, { servers }: Premises): Promise<Round[]> {
  const { url } = servers.redis.spec;
  const { hostname: host, port, password } = new URL(url);
  const start = { url, queue: 'herd', concurrency: size.slots, batch: 1 };
  const workers = await startPeers(bench.programs.peer('bullmq'), size.workers, start);
  const queue = new Queue(start.queue, {
    connection: { host, port: Number(port), password: decodeURIComponent(password) },
  });
  const dueAts = await repeat(bench.rounds, (round) => playBareHerd(queue, round, count(bench)));
  await queue.close();
  const starts = (await workers.end()).flatMap(({ ids, startedAt }) =>
    ids.map((id, index) => ({ id, at: startedAt[index] ?? Number.NaN })),
  );
  return dueAts.map((dueAt, index) => {
    const own = starts.filter(({ id }) => id.startsWith(bareId(index + 1, '')));
    const carriedOut = new Set(own.map(({ id }) => id)).size;
    return {
      lateMs: own.map(({ at }) => at - dueAt),
      lost: count(bench) - carriedOut,
      doubled: own.length - carriedOut,
    };
  });
}

/** Gives the instant at which all of it was due. */
async function playBareHerd(queue: Queue, round: number, count: number): Promise<number> {
  const dueAt = Date.now() + 2_000 + 0.5 * count;
  for (let put = 0; put < count; put += putBatch) {
    const timestamp = Date.now();
    await queue.addBulk(
      Array.from({ length: putBatch }, (_, index) => ({
        name: 'run',
        data: {},
        opts: {
          jobId: bareId(round, put + index),
          delay: dueAt - timestamp,
          timestamp,
          removeOnComplete: { count: 200 },
        },
      })),
    );
  }
  if (Date.now() > dueAt) throw new Error('the herd of bare BullMQ was not put before it was due');
  await waitFor('every job of bare BullMQ to be done', async () => {
    const { delayed = 1, waiting = 1, active = 1 } = await queue.getJobCounts('delayed', 'waiting', 'active');
    return delayed + waiting + active === 0;
  });
  return dueAt;
}

const bareId = (round: number, number: number | string) => `round${round}-${number}`;
