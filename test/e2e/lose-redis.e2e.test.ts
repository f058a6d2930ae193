import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { connectRedis } from '@flotilla/queue';
import { expect } from 'vitest';
import { inMs, leaveLine, shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ schedulers: 2, workers: 2, slots: 5 });

const [waitingCount, plannedCount] = [60, 60];
/** What is promised: all due work is back. */
const backWithinMs = 15_000;

interface Load {
  readonly file: string;
  /** All of it, once its times have come. */
  readonly runs: number;
}

/**
 * More runs than there are slots, so that most wait in Redis, and ticks to come, which are delayed there. All of them
 * are handed out when this returns.
 */
async function load({ api, dir, ask }: Fleet, name: string): Promise<Load> {
  const file = join(dir, name);
  const script = `${leaveLine(file)}; sleep 1`;
  await api.putJob(`${name}-now`, shellJob(script, { overlap: 'allow' }));
  const planned = Array.from({ length: plannedCount }, (_, index) => `${name}-${index}`);
  const document = shellJob(leaveLine(file), { schedule: inMs(12_000) });
  await Promise.all(planned.map((id) => api.putJob(id, document)));
  await Promise.all(Array.from({ length: waitingCount }, () => api.startRun(`${name}-now`)));
  const queued = await waitFor('everything to be handed out', async () => {
    const [row] = await ask<{ left: number; queued: number }>(
      "SELECT count(*) FILTER (WHERE handed_out_at IS NULL) AS left, count(*) AS queued FROM runs WHERE state = 'queued'",
    );
    return row?.left === 0 && row.queued;
  });
  expect(queued, 'some wait for a slot beside those that are delayed').toBeGreaterThan(plannedCount);
  return { file, runs: waitingCount + plannedCount };
}

/**
 * Waits until every run has settled: each succeeded at its first attempt and left one line, and none that was due waited
 * longer for its start than is promised, slots included. `lostAt`: when Redis was there again, and empty.
 */
async function allStartedOnce({ ask }: Fleet, { file, runs }: Load, lostAt: number): Promise<void> {
  await waitFor('all runs to settle', async () => {
    const [row] = await ask<{ open: number }>('SELECT count(*) AS open FROM runs WHERE settled_at IS NULL');
    return row?.open === 0;
  });
  const rows = await ask<{ id: string; state: string; attempt: number; dueAt: number; startedAt: number }>(
    `SELECT r.id, r.state, r.attempt, r.due_at AS "dueAt", r.started_at AS "startedAt"
     FROM runs r JOIN jobs j ON j.id = r.job_id WHERE j.slug LIKE $1 || '-%'`,
    file.split('/').at(-1),
  );
  expect(rows).toHaveLength(runs);
  expect(rows.filter(({ state, attempt }) => state !== 'succeeded' || attempt !== 1)).toEqual([]);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
  expect(lines.toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
  const waits = rows.map(({ dueAt, startedAt }) => startedAt - Math.max(dueAt, lostAt));
  expect(Math.max(...waits)).toBeLessThan(backWithinMs);
}

async function epoch({ ask }: Fleet): Promise<number> {
  const [row] = await ask<{ epoch: number }>("SELECT epoch FROM epochs WHERE name = 'queue'");
  return row?.epoch ?? 0;
}

test('RB-3 FLUSHALL under load: everything due is back, and each run started once', async ({ fleet }) => {
  const redis = await connectRedis(fleet.servers.redis.url, 'asking', () => undefined);
  const before = await epoch(fleet);
  const given = await load(fleet, 'flushed');
  await redis.flushall();
  const lostAt = Date.now();
  redis.disconnect();
  await allStartedOnce(fleet, given, lostAt);
  expect(await epoch(fleet)).toBe(before + 1);
});

test('RB-3 Redis started again and empty: everything due is back, and each run started once', async ({
  fleet,
}) => {
  const { redis } = fleet.servers;
  const before = await epoch(fleet);
  const given = await load(fleet, 'emptied');
  await redis.crash();
  await emptyData(fleet);
  await redis.restart();
  await allStartedOnce(fleet, given, Date.now());
  expect(await epoch(fleet)).toBe(before + 1);
});

test('RB-3 Redis rewound to an older file: everything due is back, and each run started once', async ({
  fleet,
}) => {
  const { redis } = fleet.servers;
  const copy = join(fleet.dir, 'older');
  await redis.stop();
  await cp(redis.spec.dataDir, copy, { recursive: true });
  await redis.restart();
  const before = await epoch(fleet);
  const given = await load(fleet, 'rewound');
  await redis.stop();
  await emptyData(fleet);
  await cp(copy, redis.spec.dataDir, { recursive: true });
  await redis.restart();
  await allStartedOnce(fleet, given, Date.now());
  expect(await epoch(fleet)).toBe(before + 1);
});

test('RB-2 a queue that somebody pauses is resumed', async ({ fleet }) => {
  const redis = await connectRedis(fleet.servers.redis.url, 'asking', () => undefined);
  await redis.hset('flotilla:default:meta', 'paused', 1);
  const { api } = fleet;
  await api.putJob('despite-the-pause', shellJob('true'));
  expect(await api.settled(await api.startRun('despite-the-pause'))).toMatchObject({ state: 'succeeded' });
  await waitFor(
    'the queue to be resumed',
    async () => (await redis.hexists('flotilla:default:meta', 'paused')) === 0,
  );
  redis.disconnect();
});

function emptyData({ servers }: Fleet): Promise<void> {
  return rm(join(servers.redis.spec.dataDir, 'appendonlydir'), { recursive: true });
}
