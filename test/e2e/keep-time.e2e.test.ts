import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { inMs, shellJob } from '../support/builders.ts';
import { fakeTimeLibrary, offsetClock, steppedClock } from '../support/fake-time.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { isLong } from '../support/long.ts';
import { allGreen } from '../support/readiness.ts';
import { startTicking } from '../support/ticking.ts';
import { waitFor } from '../support/wait-for.ts';

const everyTest = fleetTest({});
const test = everyTest.skipIf(fakeTimeLibrary === null);
const longTest = everyTest.skipIf(fakeTimeLibrary === null || !isLong);

/** Less than any clock here is off by. */
const onTimeMs = 1_400;

/** Runs of jobs with one tick each, seconds ahead. None starts before its time, and none is late. */
async function onTime({ api, ask }: Fleet, name: string, aheadMs: number): Promise<void> {
  const ids = Array.from({ length: 6 }, (_, index) => `${name}-${index}`);
  const schedules = new Map(ids.map((id, index) => [id, inMs(aheadMs + index * 50)]));
  for (const [id, schedule] of schedules) await api.putJob(id, shellJob('true', { schedule }));
  const rows = await waitFor(`the runs of ${name} to end`, async () => {
    const runs = await ask<{ slug: string; state: string; tickAt: number; dueAt: number; startedAt: number }>(
      `SELECT j.slug, r.state, r.tick_at AS "tickAt", r.due_at AS "dueAt", r.started_at AS "startedAt"
       FROM runs r JOIN jobs j ON j.id = r.job_id WHERE j.slug = ANY ($1) AND r.settled_at IS NOT NULL`,
      ids,
    );
    return runs.length === ids.length && runs;
  });
  for (const { slug, state, tickAt, dueAt, startedAt } of rows) {
    expect(state).toBe('succeeded');
    expect(new Date(tickAt).toISOString()).toBe(schedules.get(slug)?.at);
    expect(startedAt, 'no run starts before its time').toBeGreaterThanOrEqual(dueAt);
    expect(startedAt - dueAt, 'each is on time').toBeLessThan(onTimeMs);
  }
}

test('TX-6 Postgres an hour behind, then right again: nobody is declared dead, lanes go on, ticks have their rows', async ({
  fleet,
}) => {
  const { api, ask, crew, dir, servers } = fleet;
  const offsetFile = join(dir, 'offset');
  await writeFile(offsetFile, '+0');
  await servers.postgres.stop();
  await servers.postgres.restart(steppedClock(offsetFile));
  await allGreen(fleet);
  const ticking = await startTicking(fleet, 'ticking');
  await ticking.more(2);

  // Nobody gives its lanes back; by the clock as it is then they are held for an hour.
  await crew.member('scheduler', 0).kill('SIGKILL');
  await writeFile(offsetFile, '-3600');
  const [clock] = await ask<{ now: number }>('SELECT clock_timestamp() AS now');
  expect(clock?.now, 'the clock has been stepped').toBeLessThan(Date.now() - 3_000_000);
  await crew.add('scheduler', 1);
  await waitFor('every lane to be held by the clock as it is', async () => {
    const [lanes] = await ask<{ ahead: number; held: number }>(
      `SELECT count(*) FILTER (WHERE until > clock_timestamp() + interval '3 s') AS ahead,
         count(*) FILTER (WHERE until > clock_timestamp()) AS held FROM leases WHERE name IN ('judge', 'rebuild')`,
    );
    return lanes?.ahead === 0 && lanes.held === 2;
  });
  await api.putJob('while-behind', shellJob('true'));
  const run = await api.startRun('while-behind');
  await waitFor('a run to be handed out and told', async () => {
    const [row] = await ask<{ isOut: boolean; isTold: boolean }>(
      `SELECT (SELECT handed_out_at IS NOT NULL OR attempt > 0 FROM runs WHERE id = $1) AS "isOut",
         (SELECT bool_and(stream_seq IS NOT NULL) FROM events WHERE entity_id = $1) AS "isTold"`,
      run,
    );
    return row?.isOut === true && row.isTold;
  });

  await writeFile(offsetFile, '+0');
  await allGreen(fleet);
  expect(await api.settled(run)).toMatchObject({ state: 'succeeded' });
  await ticking.more(2);
  await ticking.end();
  const dead = (await api.workers()).filter(({ state }) => state === 'dead');
  expect(dead).toEqual([]);
});

/** Scheduler and worker are replaced by those whose clocks are off. Runs are on time once the worker's lag is known. */
async function onTimeUnder(
  fleet: Fleet,
  name: string,
  { schedulerOffset, workerOffset }: Readonly<Record<'schedulerOffset' | 'workerOffset', string>>,
): Promise<void> {
  const { crew } = fleet;
  const honest = crew.all().filter(({ name }) => !name.startsWith('api'));
  await crew.add('scheduler', 1, offsetClock(schedulerOffset));
  await fleet.addWorker(offsetClock(workerOffset));
  await Promise.all(honest.map((service) => service.stop()));
  const ticking = await startTicking(fleet, `under-${name}`);
  await ticking.more(4);
  await ticking.end();
  await onTime(fleet, `at-${name}`, 4_000);
}

test('HO-1, CK-2 a scheduler that is ahead and a worker that is behind: runs start at their time', ({
  fleet,
}) => onTimeUnder(fleet, 'slow-worker', { schedulerOffset: '+5s', workerOffset: '-1.7s' }));

longTest(
  'HO-1, CK-2 a scheduler that is behind and a worker that is ahead: runs start at their time',
  ({ fleet }) => onTimeUnder(fleet, 'fast-worker', { schedulerOffset: '-5s', workerOffset: '+1.7s' }),
);
