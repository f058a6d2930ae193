import { join } from 'node:path';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import type { RunView } from '../support/fleet-api.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { isLong } from '../support/long.ts';
import { turnsAtOnce } from '../support/turns-at-once.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ schedulers: 2, workers: 0 });

const capacity = 5;
const size = isLong ? 2_000 : 100;
/** After each the messages that the worker had fetched come back within 8 s (RB-1). */
const kills = isLong ? 40 : 1;
/** Clients at once, as a script that applies many files. */
const clients = 10;

/** Jobs of the pool, every other one with a gate of its own, and a run of each that is due at once. */
async function startAll(fleet: Fleet, pool: string, script: string): Promise<void> {
  const left = Array.from({ length: size }, (_, index) => index);
  const start = async (index: number) => {
    const overlap = index % 2 === 0 ? 'skip' : 'allow';
    const job = `${pool}-${index}`;
    await fleet.api.putJob(job, shellJob(script, { pool, overlap, guarantee: 'at-least-once' }));
    await fleet.api.startRun(job);
  };
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) await start(next);
    }),
  );
}

async function countSettled(fleet: Fleet, pool: string): Promise<number> {
  const [row] = await fleet.ask<{ count: number }>(
    'SELECT count(*) AS count FROM runs WHERE pool = $1 AND settled_at IS NOT NULL',
    pool,
  );
  return row?.count ?? 0;
}

/** The most attempts of a pool that the ledger ever had at work at once; an end and a start in one millisecond follow each other. */
async function mostAttempts(fleet: Fleet, pool: string): Promise<number> {
  const [row] = await fleet.ask<{ most: number }>(
    `SELECT max(count) AS most FROM (
       SELECT sum(step) OVER (ORDER BY at, step)::int AS count FROM (
         SELECT a.started_at AS at, 1 AS step FROM attempts a JOIN runs r ON r.id = a.run_id WHERE r.pool = $1
         UNION ALL
         SELECT a.ended_at, -1 FROM attempts a JOIN runs r ON r.id = a.run_id WHERE r.pool = $1) AS steps) AS counts`,
    pool,
  );
  return row?.most ?? 0;
}

test(
  `GA-1 ${size} runs due at once in a pool of ${capacity}, workers killed (${kills}): never more at work, and none is left behind`,
  async ({ fleet }) => {
    const { api } = fleet;
    const turns = turnsAtOnce(join(fleet.dir, 'turns'));
    await api.put('/pools/narrow', { capacity });
    await startAll(fleet, 'narrow', turns.script('sleep 0.1'));
    const addWorker = () => fleet.addWorker({ FLOTILLA_POOLS: 'narrow' });
    await Promise.all([1, 2, 3, 4].map(addWorker));
    const workers = [0, 1, 2, 3].map(fleet.worker);

    for (let kill = 1; kill <= kills; kill++) {
      const share = Math.floor((size * kill) / (kills + 1));
      await waitFor(`${share} runs to end`, async () => (await countSettled(fleet, 'narrow')) >= share, {
        withinMs: 120_000,
      });
      const [victim] = workers.splice(Math.floor(Math.random() * workers.length), 1);
      await victim?.kill('SIGKILL');
      await turns.noteKilled(victim?.pid ?? 0);
      workers.push(await addWorker());
    }
    await waitFor('all runs to end', async () => (await countSettled(fleet, 'narrow')) === size, {
      withinMs: 120_000,
    });

    expect(await mostAttempts(fleet, 'narrow'), 'by the ledger').toBe(capacity);
    expect(await turns.most(), 'by what the turns wrote').toBeLessThanOrEqual(capacity);
    expect(
      await fleet.ask(
        "SELECT state, reason, count(*) AS count FROM runs WHERE pool = 'narrow' GROUP BY 1, 2",
      ),
    ).toEqual([{ state: 'succeeded', reason: null, count: size }]);
    const blocked = await fleet.ask("SELECT DISTINCT job_id FROM events WHERE type = 'run.blocked'");
    expect(blocked.length, 'most of them had to wait for room').toBeGreaterThan(size / 2);

    expect(
      await fleet.ask('SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()'),
    ).toEqual([{ deadlocks: 0 }]);
    for (const member of fleet.crew.all()) expect(await member.log(), member.name).not.toContain('40P01');
  },
  isLong ? 900_000 : 240_000,
);

test('what waits for room starts once the cap is raised or lifted', async ({ fleet }) => {
  const { api } = fleet;
  await api.put('/pools/doubled', { capacity: 1 });
  await fleet.addWorker({ FLOTILLA_POOLS: 'doubled' });
  await api.putJob('waits', shellJob('sleep 600', { pool: 'doubled', overlap: 'allow' }));
  const runs: string[] = [];
  for (let index = 0; index < 3; index++) runs.push(await api.startRun('waits'));
  const states = async () => {
    const all = await Promise.all(
      runs.map((run) => api.get<RunView & { blockedBy: string | null }>(`/runs/${run}`)),
    );
    return all.map(({ body: { state, blockedBy } }) => `${state} ${blockedBy ?? ''}`.trim()).sort();
  };
  await expect.poll(states, { timeout: 30_000 }).toEqual(['blocked pool', 'blocked pool', 'running']);
  expect((await fleet.flotilla('runs', 'list', '--job', 'waits')).stdout).toContain('blocked: pool');
  expect((await fleet.flotilla('pools', 'list')).stdout).toMatch(/doubled +1 of 1 +2 +0 +1 with 10 slots/);

  expect((await fleet.flotilla('pools', 'set', 'doubled', '--capacity', '2')).code).toBe(0);
  await expect.poll(states, { timeout: 30_000 }).toEqual(['blocked pool', 'running', 'running']);
  expect((await fleet.flotilla('pools', 'set', 'doubled', '--capacity', 'none')).code).toBe(0);
  await expect.poll(states, { timeout: 30_000 }).toEqual(['running', 'running', 'running']);

  expect(await fleet.flotilla('pools', 'delete', 'doubled')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('waits is in it, 3 of its runs have not ended'),
  });
  await Promise.all(runs.map((run) => api.post(`/runs/${run}/cancel?wait=20s`)));
});

test('a worker serves a pool that is made after its start, beside those that were there', async ({
  fleet,
}) => {
  const { api } = fleet;
  await api.put('/pools/early', { capacity: null });
  const worker = await fleet.addWorker({ FLOTILLA_POOLS: 'early,later' });
  await expect
    .poll(() => worker.log(), { timeout: 30_000 })
    .toMatch(/"pools":\["later"\],"msg":"nobody has made these pools yet/);
  await api.put('/pools/later', { capacity: null });
  for (const pool of ['early', 'later']) {
    await api.putJob(`in-${pool}`, shellJob('true', { pool }));
    expect(await api.settled(await api.startRun(`in-${pool}`))).toMatchObject({ state: 'succeeded' });
  }
});

test('a job of a pool that is not there is refused with the pool that was meant', async ({ fleet }) => {
  const reply = await fleet.api.put('/jobs/lost', shellJob('true', { pool: 'narow' }));
  expect([reply.status, reply.body]).toMatchObject([
    400,
    { code: 'invalid_document', errors: [{ path: 'pool', value: 'narow', nearest: 'narrow' }] },
  ]);
});
