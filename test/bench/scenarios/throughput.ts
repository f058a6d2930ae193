import pg from 'pg';
import { waitFor } from '../../support/wait-for.ts';
import { type Figure, median } from '../figure.ts';
import { ask } from '../fleet/ask.ts';
import { awaitSettled } from '../fleet/await-runs.ts';
import { onFleet, onPremises } from '../fleet/on-fleet.ts';
import type { Premises } from '../fleet/premises.ts';
import { putRuns } from '../fleet/put-runs.ts';
import { waitingJob } from '../fleet/waiting-job.ts';
import { openGraphileWorker, openPgBoss, type PeerQueue } from '../peers/queues.ts';
import { startPeers } from '../peers/start-peers.ts';
import { type Load, watchLoad } from '../profile/watch-load.ts';
import { repeat } from '../repeat.ts';
import type { Bench, Scenario } from '../scenario.ts';

interface Rates {
  /** Turns a second, of each round. */
  readonly rates: readonly number[];
  readonly load: Load;
}

interface Peer {
  readonly title: string;
  /** Its file of `peers/`. */
  readonly program: string;
  readonly concurrency: number;
  readonly batch: number;
  /** Of the number of jobs: what takes a minute tells no more than what takes ten seconds. */
  readonly share: number;
  readonly open: (url: string, name: string) => Promise<PeerQueue>;
}

const size = { workers: 2, slots: 200 };
const [pgBoss, graphileWorker] = [
  { program: 'pg-boss', open: openPgBoss },
  { program: 'graphile-worker', open: openGraphileWorker },
];
const peers: readonly Peer[] = [
  { title: 'pg-boss 10.4.2, 200 at a time', ...pgBoss, concurrency: 1, batch: 200, share: 1 },
  { title: 'pg-boss, job by job', ...pgBoss, concurrency: 10, batch: 1, share: 0.2 },
  {
    title: 'graphile-worker 0.17.3, 200 at a time',
    ...graphileWorker,
    concurrency: 24,
    batch: 200,
    share: 1,
  },
  { title: 'graphile-worker, job by job', ...graphileWorker, concurrency: 10, batch: 1, share: 0.2 },
];
const count = ({ isQuick }: Bench) => (isQuick ? 5_000 : 20_000);

export const throughput: Scenario = {
  title: 'durable no-op turns, all-in-one: 20,000 (5,000 with --quick) from the first put to the last done',
  settings: [
    '1 scheduler, 1 API, 2 workers × 200 slots; the turn does nothing, inside the worker; the putting is counted, 1,000 rows at a time',
    'all on one Postgres, fsync and synchronous_commit on; ours keeps a run, an attempt and 3 events, publishes them, and settles each run by itself',
    'pg-boss: 2 processes; 1 loop each that fetches 200 jobs in a statement and completes them in another; job by job: 10 loops each',
    'graphile-worker: 2 processes; 24 jobs at once, local queue of 200, batched completions; job by job: 10 at once, as it comes',
  ],
  rounds: 3,
  measure: (bench) =>
    onPremises(async (premises) => {
      const own = await ours(bench, premises);
      const others: Rates[] = [];
      for (const peer of peers) others.push(await theirs(bench, premises, peer));
      const best = Math.max(...others.map(({ rates }) => median(rates)));
      const figures: Figure[] = [
        { what: 'runs', unit: '/s', rounds: own.rates, bound: { atLeast: 2_000 } },
        ...others.map(({ rates }, index) => ({
          what: peers[index]?.title ?? '',
          unit: '/s' as const,
          rounds: rates,
        })),
        {
          what: 'runs ÷ the fastest of these',
          unit: '×',
          rounds: own.rates.map((rate) => rate / best),
          bound: { atLeast: 1 },
        },
      ];
      return { figures, load: [own.load, ...others.map(({ load }) => load)] };
    }),
};

function ours(bench: Bench, premises: Premises): Promise<Rates> {
  return onFleet(bench, premises, size, async (fleet) => {
    const end = await watchLoad('flotilla', premises, fleet.services);
    const rates = await repeat(bench.rounds, async (round) => {
      const job = `noop-${round}`;
      await fleet.api.putJob(job, waitingJob(0));
      await putRuns(fleet, job, count(bench), Date.now());
      await awaitSettled(fleet, [job]);
      const [took] = await ask<{ ms: number }>(
        fleet,
        `SELECT (extract(epoch FROM max(r.settled_at) - min(r.created_at)) * 1000)::float8 AS ms
         FROM runs r JOIN jobs j ON j.id = r.job_id WHERE j.slug = $1`,
        job,
      );
      return (count(bench) / (took?.ms ?? Number.NaN)) * 1_000;
    });
    return { rates, load: await end() };
  });
}

async function theirs(bench: Bench, premises: Premises, peer: Peer): Promise<Rates> {
  const url = await makeDatabase(premises, `bench_${peer.program.replace('-', '_')}_${peer.batch}`);
  const name = 'noop';
  const queue = await peer.open(url, name);
  const workers = await startPeers(bench.programs.peer(peer.program), size.workers, {
    url,
    queue: name,
    concurrency: peer.concurrency,
    batch: peer.batch,
  });
  const end = await watchLoad(peer.title, premises, workers.processes);
  const jobs = peer.share * count(bench);
  const rates = await repeat(bench.rounds, async () => {
    const startMs = performance.now();
    await queue.put(jobs);
    await waitFor(`every job of ${peer.title} to be done`, async () => !(await queue.hasOpen()), {
      withinMs: 180_000,
    });
    return (jobs / (performance.now() - startMs)) * 1_000;
  });
  const load = await end();
  await workers.end();
  await queue.close();
  return { rates, load };
}

async function makeDatabase({ servers }: Premises, name: string): Promise<string> {
  const { url } = servers.postgres.spec;
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  return Object.assign(new URL(url), { pathname: `/${name}` }).href;
}
