import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import { FleetApi } from '../support/fleet-api.ts';
import { fleetTest } from '../support/fleet-test.ts';

const test = fleetTest({ workers: 0, schedulers: 0 });

const turn = { shell: 'true' };

/** A document, and of each complaint about it the path, the value and the nearest valid one. */
const refusals: readonly [string, object, object][] = [
  ['an unknown key', { turn, shedule: { every: '1s' } }, { path: 'shedule', nearest: 'schedule' }],
  [
    'an unknown key of the turn',
    { turn: { ...turn, timeuot: '1s' } },
    { path: 'turn.timeuot', nearest: 'timeout' },
  ],
  [
    'a field that is to come',
    { turn, ttl: '1d' },
    { path: 'ttl', message: expect.stringContaining('not yet') },
  ],
  ['a bad cron', { turn, schedule: { cron: '61 * * * *' } }, { path: 'schedule.cron', value: '61 * * * *' }],
  [
    'a bad zone',
    { turn, schedule: { every: '1h', zone: 'Europe/Berln' } },
    { path: 'schedule.zone', value: 'Europe/Berln', nearest: 'Europe/Berlin' },
  ],
  [
    'a bad duration',
    { turn: { ...turn, timeout: '10 minuts' } },
    { path: 'turn.timeout', value: '10 minuts' },
  ],
  ['a bad choice', { turn, overlap: 'skipp' }, { path: 'overlap', value: 'skipp', nearest: 'skip' }],
  [
    'an unknown parent',
    { turn, after: { job: 'nightly-reprot' } },
    { path: 'after.job', value: 'nightly-reprot', nearest: 'nightly-report' },
  ],
  [
    'a bad pattern',
    { turn, after: { job: 'weekly-report', when: { matches: '(ERROR' } } },
    { path: 'after.when.matches', value: '(ERROR', message: expect.stringContaining('missing closing )') },
  ],
  [
    'a pattern that would take long',
    { turn, after: { jobs: ['weekly-report', 'import'], when: { matches: '(.{0,30}a){0,30}!' } } },
    { path: 'after.when.matches', message: expect.stringContaining('at most 80 are allowed') },
  ],
  [
    'a past `at`',
    { turn, schedule: { at: '2001-01-01T00:00:00Z' } },
    { path: 'schedule.at', value: '2001-01-01T00:00:00Z' },
  ],
];

test.beforeAll(async ({ fleet: { api } }) => {
  await api.putJob('nightly-report', shellJob('true'));
  await api.putJob('weekly-report', shellJob('true', { after: { job: 'nightly-report' } }));
});

for (const [what, document, complaint] of refusals) {
  test(`400 for ${what}: nothing is changed`, async ({ fleet: { api } }) => {
    const before = await api.get('/jobs');
    const reply = await api.put('/jobs/nightly-report', document);
    expect(reply).toMatchObject({
      status: 400,
      body: { status: 400, code: 'invalid_document', errors: [complaint] },
    });
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect((await api.put('/jobs/another', document)).status).toBe(400);
    expect((await api.get('/jobs')).body).toEqual(before.body);
  });
}

test('400 for a circle of jobs, with its path', async ({ fleet: { api } }) => {
  expect(
    await api.put('/jobs/nightly-report', shellJob('true', { after: { job: 'weekly-report' } })),
  ).toMatchObject({
    status: 400,
    body: { code: 'invalid_document', errors: [{ path: 'after.job', value: 'weekly-report' }] },
  });
});

test('all that is wrong is told at once', async ({ fleet: { api } }) => {
  const reply = await api.put<{ errors: { path: string }[] }>('/jobs/bad', {
    turn: { shell: 'true', timeout: 'soon' },
    schedule: { cron: 'often' },
    nmae: 'x',
  });
  expect(reply.body.errors.map(({ path }) => path).sort()).toEqual(['nmae', 'schedule.cron', 'turn.timeout']);
});

test('400 for a body that is not JSON, 413 for one that is too large', async ({ fleet: { api } }) => {
  expect(await api.put('/jobs/x', '{"turn": ')).toMatchObject({
    status: 400,
    body: { code: 'invalid_json' },
  });
  const large = shellJob('true', { description: 'x'.repeat(2 * 1024 * 1024) });
  expect(await api.put('/jobs/x', large)).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
});

test('401 for a wrong token and for none, 404 with the nearest, 412 for another revision', async ({
  fleet: { api },
}) => {
  const stranger = new FleetApi(api.url, 'a-token-that-nobody-knows');
  expect(await stranger.get('/jobs')).toMatchObject({ status: 401, body: { code: 'unauthorized' } });
  expect((await fetch(`${api.url}/api/v1/jobs`)).status).toBe(401);
  expect((await fetch(`${api.url}/`)).status, 'the door says hello to everybody').toBe(200);

  expect(await api.get('/jobs/nightly-reprot')).toMatchObject({
    status: 404,
    body: { code: 'job_not_found', nearest: 'nightly-report' },
  });
  expect(await api.get('/runs/0192f0c1-0000-7000-8000-000000000000')).toMatchObject({
    status: 404,
    body: { code: 'run_not_found' },
  });
  expect(await api.put('/jobs/nightly-report', shellJob('false'), { 'if-match': '"7"' })).toMatchObject({
    status: 412,
    body: { code: 'revision_conflict', revision: 1 },
  });
  expect(await api.get('/jobs/nightly-report')).toMatchObject({
    body: { revision: 1, turn: { shell: 'true' } },
  });
});
