import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { isLong } from '../support/long.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ schedulers: 2, workers: 2, slots: 20 });

/** How long no scheduler is there. The long one is longer than a tick may be late. */
const outageMs = isLong ? 70_000 : 12_000;
const pauseMs = 4_000;
const tickMs = 5_000;
/** Between an edit's look at the clock and the time that its revision and its event show. */
const slackMs = 500;

interface Row {
  readonly tickAt: number;
  readonly tickUntil: number | null;
  readonly tickCount: number;
  readonly state: string;
  readonly reason: string | null;
}

const rowsOf = ({ ask }: Fleet, slug: string) =>
  ask<Row>(
    `SELECT r.tick_at AS "tickAt", r.tick_until AS "tickUntil", r.tick_count AS "tickCount", r.state, r.reason
     FROM runs r JOIN jobs j ON j.id = r.job_id WHERE j.slug = $1 AND r.cause = 'schedule' ORDER BY r.tick_at`,
    slug,
  );

/** The ticks that the rows stand for, each with what became of it. */
function unfold(rows: readonly Row[], everyMs: number) {
  return rows.flatMap(({ tickAt, tickUntil, tickCount, state, reason }) => {
    expect(tickUntil ?? tickAt).toBe(tickAt + (tickCount - 1) * everyMs);
    return Array.from({ length: tickCount }, (_, index) => ({
      tick: tickAt + index * everyMs,
      state,
      reason,
    }));
  });
}

/** Ends the job's ticks. Gives each of them, after it was seen that none of its time is missing or there twice. */
async function endTicks(fleet: Fleet, slug: string, since: number, everyMs: number) {
  const disabled = await fleet.api.post<{ changedAt: string }>(`/jobs/${slug}/disable`);
  const until = Date.parse(disabled.body.changedAt);
  const rows = await waitFor(`no run of ${slug} to be open`, async () => {
    const all = await rowsOf(fleet, slug);
    return all.every(({ state }) => state !== 'queued' && state !== 'running') && all;
  });
  const ticks = unfold(rows, everyMs);
  const first = (Math.floor(since / everyMs) + 1) * everyMs;
  const count = Math.floor((until - first) / everyMs) + 1;
  const expected = Array.from({ length: count }, (_, index) => first + index * everyMs);
  const isClose = (tick: number) => Math.abs(tick - since) < slackMs || Math.abs(tick - until) < slackMs;
  const sure = (all: readonly number[]) => all.filter((tick) => !isClose(tick));
  expect(sure(ticks.map(({ tick }) => tick)), slug).toEqual(sure(expected));
  return ticks;
}

async function create({ api }: Fleet, slug: string, every: string): Promise<number> {
  await api.putJob(slug, shellJob('true', { schedule: { every }, overlap: 'allow' }));
  const job = await api.get<{ createdAt: string }>(`/jobs/${slug}`);
  return Date.parse(job.body.createdAt);
}

const sleepUntil = (instant: number) => waitFor('time to pass', () => Date.now() >= instant);

test('ED-1, ED-2, AD-5: no scheduler is there, jobs are edited, paused and resumed, and no tick is without its row', async ({
  fleet,
}) => {
  const { api, crew } = fleet;
  const slugs = Array.from({ length: 20 }, (_, index) => `edited-${index}`);
  const created = new Map<string, number>();
  for (const slug of slugs) created.set(slug, await create(fleet, slug, '5s'));
  const pausedSince = await create(fleet, 'paused', '1s');
  await waitFor('a first run of every job', async () => {
    for (const slug of [...slugs, 'paused'])
      expect(
        (await rowsOf(fleet, slug)).some(({ state }) => state === 'succeeded'),
        slug,
      ).toBe(true);
    return true;
  });

  await Promise.all([0, 1].map((index) => crew.member('scheduler', index).kill('SIGKILL')));
  const goneAt = Date.now();
  let pausedAt = Number.POSITIVE_INFINITY;
  for (let edit = 0; Date.now() < goneAt + outageMs; edit++) {
    const slug = slugs[edit % slugs.length] ?? '';
    const name = `edit ${edit}`;
    await api.putJob(slug, shellJob('true', { name, schedule: { every: '5s' }, overlap: 'allow' }));
    if (edit === 2) {
      const { code, stdout } = await fleet.flotilla('jobs', 'pause', 'paused', '--reason', 'no space left');
      const said = /^paused paused since .* by admin: no space left\n$/;
      expect([code, stdout]).toEqual([0, expect.stringMatching(said)]);
      pausedAt = Date.now();
    }
    if (Date.now() >= pausedAt + pauseMs) {
      expect(await api.post('/jobs/paused/resume')).toMatchObject({ body: { paused: null } });
      pausedAt = Number.POSITIVE_INFINITY;
    }
    await sleepUntil(goneAt + (edit + 1) * 1_000);
  }
  if (pausedAt < Number.POSITIVE_INFINITY) await api.post('/jobs/paused/resume');
  await crew.add('scheduler', 2);
  const backAt = Date.now();
  await waitFor('every job to run again', async () => {
    for (const slug of [...slugs, 'paused']) {
      const again = (await rowsOf(fleet, slug)).filter(
        ({ tickAt, state }) => tickAt > backAt && state === 'succeeded',
      );
      expect(again.length, slug).toBeGreaterThan(0);
    }
    return true;
  });

  const ended = await Promise.all(slugs.map((slug) => endTicks(fleet, slug, created.get(slug) ?? 0, tickMs)));
  if (!isLong) expect(ended.flat().filter(({ state }) => state !== 'succeeded')).toEqual([]);
  const [paused, resumed] = await fleet.ask<{ at: number }>(
    `SELECT at FROM events WHERE data->>'job' = 'paused' AND type IN ('job.paused', 'job.resumed') ORDER BY version`,
  );
  const [from, to] = [paused?.at ?? 0, resumed?.at ?? 0];
  const ticks = await endTicks(fleet, 'paused', pausedSince, 1_000);
  const isClose = (tick: number) => Math.abs(tick - from) < slackMs || Math.abs(tick - to) < slackMs;
  for (const { tick, reason } of ticks.filter((one) => !isClose(one.tick))) {
    expect(reason === 'paused', new Date(tick).toISOString()).toBe(tick > from && tick < to);
  }
  expect(ticks.filter(({ reason }) => reason === 'paused').length).toBeGreaterThanOrEqual(3);
  expect((await rowsOf(fleet, 'paused')).filter(({ reason }) => reason === 'paused')).toHaveLength(1);
});

test('AD-5 a pause ends by itself: the tick after it starts at its time, and planners say so once', async ({
  fleet,
}) => {
  const { api } = fleet;
  await api.putJob('brief', shellJob('true', { schedule: { every: '1s' }, overlap: 'allow' }));
  const planned = await waitFor('it to be planned ahead', async () => {
    const rows = await rowsOf(fleet, 'brief');
    return rows.length > 30 && rows;
  });
  const until = new Date((Math.floor(Date.now() / 1_000) + 4) * 1_000).toISOString();
  const pause = { body: JSON.stringify({ until }), headers: { 'content-type': 'application/json' } };
  expect(await api.send('POST', '/jobs/brief/pause', pause)).toMatchObject({
    status: 200,
    body: { nextTickAt: until, paused: { until } },
  });
  expect((await fleet.flotilla('jobs', 'list')).stdout).toMatch(/^brief +paused /m);
  const first = await waitFor('the tick after it', async () => {
    const runs = await api.runsOf('brief');
    return runs.find(({ tickAt, state }) => tickAt === until && state === 'succeeded');
  });
  expect(Date.parse(first.startedAt ?? '') - Date.parse(until)).toBeLessThan(5_000);
  expect(await api.get('/jobs/brief')).toMatchObject({ body: { paused: null } });
  await waitFor('the planner to say so', async () => {
    const told = await fleet.ask<{ type: string; actor: string }>(
      `SELECT type, data->>'actor' AS actor FROM events WHERE data->>'job' = 'brief' AND entity = 'job' ORDER BY version`,
    );
    expect(told.slice(1)).toEqual([
      { type: 'job.paused', actor: 'admin' },
      { type: 'job.resumed', actor: 'planner' },
    ]);
    return true;
  });
  const ticks = await endTicks(fleet, 'brief', (planned[0]?.tickAt ?? 0) - 1, 1_000);
  expect(ticks.filter(({ reason }) => reason === 'paused').length).toBeGreaterThanOrEqual(2);
});
