import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { jobBody, runBody, runDetailBody } from '../testing/bodies.ts';
import { type Called, callFlotilla, testNow } from '../testing/call-flotilla.ts';
import { type FakeApi, type FakeReply, type FakeRequest, startFakeApi } from '../testing/fake-api.ts';

let folder = '';
let api: FakeApi | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flotilla-jobs-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
  await api?.close();
  api = undefined;
});

type Answers = Readonly<Record<string, FakeReply | ((request: FakeRequest) => FakeReply)>>;

/** Calls `flotilla` against an API that knows these answers, by method and path without `/api/v1`. */
async function call(words: readonly string[], answers: Answers = {}, stdin = ''): Promise<Called> {
  api = await startFakeApi((request) => {
    const answer = answers[request.line.replace('/api/v1', '')];
    return typeof answer === 'function' ? answer(request) : answer;
  });
  const environment = { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: 'secret' };
  return callFlotilla(words, { environment, folder, stdin });
}

const put =
  (change: 'created' | 'changed' | 'unchanged', status = 201) =>
  ({ body }: FakeRequest) => ({
    status,
    body: { ...jobBody(body as Record<string, unknown>), revision: 1, oldRevision: null, change },
  });

test('add sends what was said, and nothing that was not', async () => {
  const words =
    'jobs add tidy --cron @daily --zone Europe/Berlin --env A=1 --env B=x=y --retry 3 --after a --on failure';
  const called = await call([...words.split(' '), '--', 'make', '-j2', 'tidy'], {
    'PUT /jobs/tidy': put('created'),
  });
  expect(called).toMatchObject({ code: 0, stderr: '' });
  expect(called.stdout).toMatch(/^created tidy \(revision 1\), /);
  expect(api?.requests[0]?.headers['if-none-match']).toBe('*');
  expect(api?.requests[0]?.body).toEqual({
    id: 'tidy',
    schedule: { cron: '@daily', zone: 'Europe/Berlin' },
    after: { job: 'a', on: 'failure' },
    retry: { attempts: 3 },
    turn: { argv: ['make', '-j2', 'tidy'], env: { A: '1', B: 'x=y' } },
  });
});

test('add may name several parents, how they count, and what they must have written', async () => {
  const words = 'jobs add mix --after a --after b --join all --matches ^ready -- true';
  await call(words.split(' '), { 'PUT /jobs/mix': put('created') });
  expect(api?.requests[0]?.body).toMatchObject({
    after: { jobs: ['a', 'b'], join: 'all', when: { matches: '^ready' } },
  });
  const orphan = await call(['jobs', 'add', 'mix', '--contains', 'x', '--', 'true']);
  expect(orphan).toMatchObject({ code: 2, stderr: 'flotilla: --contains needs --after: of which job?\n' });
});

test('add sends which workers take a job, how soon, and what becomes of runs that wait', async () => {
  const words =
    'jobs add crawl --overlap queue --backlog 3 --pool browsers --priority -5 --start-within 10m -- true';
  await call(words.split(' '), { 'PUT /jobs/crawl': put('created') });
  expect(api?.requests[0]?.body).toMatchObject({
    overlap: 'queue',
    backlog: 3,
    pool: 'browsers',
    priority: -5,
    startWithin: '10m',
  });
});

test('add may ask an agent instead of running a command', async () => {
  const words = [
    'jobs',
    'add',
    'ask',
    '--agent',
    'researcher',
    '--prompt',
    'Find out why',
    '--model',
    'large',
  ];
  await call(words, { 'PUT /jobs/ask': put('created') });
  expect(api?.requests[0]?.body).toMatchObject({
    turn: { agent: 'researcher', prompt: 'Find out why', model: 'large' },
  });
});

test('--in counts from now, --cwd from the current folder', async () => {
  await call(['jobs', 'add', 'once', '--in', '90s', '--cwd', 'sub', '--', 'a | b'], {
    'PUT /jobs/once': put('created'),
  });
  expect(api?.requests[0]?.body).toMatchObject({
    schedule: { at: new Date(testNow + 90_000).toISOString() },
    turn: { shell: 'a | b', cwd: join(folder, 'sub') },
  });
});

test('add does not change a job unless it is told to', async () => {
  const taken = {
    status: 412,
    body: { code: 'revision_conflict', detail: 'job "a" is at revision 7', revision: 7 },
  };
  const refused = await call(['jobs', 'add', 'a', '--', 'true'], { 'PUT /jobs/a': taken });
  expect(refused).toEqual({
    code: 4,
    stdout: '',
    stderr: 'flotilla: there is a job "a" (revision 7): add --replace to change it, or choose another id\n',
  });
  await api?.close();
  await call(['jobs', 'add', 'a', '--replace', '--', 'true'], { 'PUT /jobs/a': put('changed', 200) });
  expect(api?.requests[0]?.headers['if-none-match']).toBeUndefined();
});

test.each([
  [['--cron', '61 * * * *'], /^flotilla: schedule\.cron: minute "61"/],
  [['--every', '5m', '--cron', '@daily'], /^flotilla: schedule: exactly one of cron, every and at/],
  [['--in', 'soon'], /^flotilla: --in: "soon" is not a duration/],
  [['--on', 'failure'], /^flotilla: --on needs --after/],
  [
    ['--model', 'large'],
    /^flotilla: turn\.model: "model" is a field of agent turns, and this is a shell turn/,
  ],
  [['--env', 'A'], /^flotilla: --env: "A" is not NAME=value/],
  [['--retry', '0'], /^flotilla: option '--retry <tries>' argument '0' is invalid/],
  [['--timout', '5s'], /^flotilla: unknown option '--timout' \(Did you mean --timeout\?\)\n$/],
])('add %j is a usage error in one line, and nothing is sent', async (options, message) => {
  const called = await call(['jobs', 'add', 'a', ...options, '--', 'true']);
  expect(called).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(message) });
  expect(called.stderr.match(/\n/g)).toHaveLength(1);
  expect(api?.requests).toHaveLength(0);
});

const files = `
[[jobs]]
id = "child"
after.job = "parent"
turn.shell = "true"
[[jobs]]
id = "parent"
turn.shell = "true"
schedule.cron = "0 3 * * *"
`;

test('apply sends parents first and says what changed', async () => {
  await writeFile(join(folder, 'jobs.toml'), files);
  const before = jobBody({ id: 'parent', turn: { shell: 'true' }, schedule: { cron: '0 2 * * *' } });
  const called = await call(['jobs', 'apply', '-f', 'jobs.toml'], {
    'GET /jobs/parent': { body: before },
    'PUT /jobs/parent': put('changed', 200),
    'PUT /jobs/child': put('created'),
  });
  expect(called).toEqual({
    code: 0,
    stderr: '',
    stdout: 'changed    parent  schedule.cron\ncreated    child\n1 created, 1 changed, 0 unchanged\n',
  });
});

test('apply as JSON is one document', async () => {
  const called = await call(
    ['jobs', 'apply', '--json', '-f', '-'],
    { 'PUT /jobs/a': put('created') },
    'id: a\nturn: { shell: "true" }',
  );
  expect(JSON.parse(called.stdout)).toEqual({
    items: [{ id: 'a', file: 'stdin', change: 'created', revision: 1, changed: [] }],
  });
});

test('one bad file and nothing is sent', async () => {
  await writeFile(join(folder, 'good.toml'), files);
  await writeFile(join(folder, 'bad.json'), '{"id": "x", "trun": {}}');
  const called = await call(['jobs', 'apply', '-f', 'good.toml', 'bad.json']);
  expect(called.code).toBe(2);
  expect(called.stderr).toContain(
    'flotilla: bad.json: job "x": trun: unknown key "trun": did you mean "turn"?\n',
  );
  expect(api?.requests).toHaveLength(0);
});

test('what the server refuses is told with file and job, and what was done before it', async () => {
  await writeFile(join(folder, 'jobs.toml'), files);
  const errors = [{ path: 'after.job', message: 'there is no job "parent"', nearest: 'parents' }];
  const called = await call(['jobs', 'apply', '-f', 'jobs.toml'], {
    'PUT /jobs/parent': put('created'),
    'PUT /jobs/child': { status: 400, body: { code: 'invalid_document', detail: '', errors } },
  });
  expect(called).toEqual({
    code: 2,
    stdout: 'created    parent\n',
    stderr:
      'flotilla: jobs.toml: job "child": after.job: there is no job "parent" (did you mean "parents"?)\n' +
      'flotilla: 1 of 2 jobs were applied before it\n',
  });
});

test('validate needs no server', async () => {
  await writeFile(join(folder, 'jobs.toml'), files);
  const called = await callFlotilla(['jobs', 'validate', '-f', 'jobs.toml'], { folder });
  expect(called).toEqual({ code: 0, stderr: '', stdout: 'valid: 2 jobs (parent, child)\n' });
});

test('show, enable and delete speak of the job', async () => {
  const job = jobBody(
    { id: 'a', schedule: { every: '5m' } },
    { nextTickAt: new Date(testNow + 60_000).toISOString() },
  );
  const answers = {
    'GET /jobs/a': { body: job },
    'POST /jobs/a/enable': { body: job },
    'DELETE /jobs/a': { status: 204 },
  };
  expect((await call(['jobs', 'show', 'a', '--utc'], answers)).stdout).toMatch(
    /^job {8}a\nruns {7}every 5m\nstate {6}enabled\nnext {7}2026-11-21 09:43:00 \(in 60 s\)\n/,
  );
  await api?.close();
  expect((await call(['jobs', 'enable', 'a', '--utc'], answers)).stdout).toBe(
    'enabled a, next 2026-11-21 09:43:00 (in 60 s)\n',
  );
  await api?.close();
  expect((await call(['jobs', 'delete', 'a'], answers)).stdout).toBe('deleted a\n');
});

test('pause and resume speak of the job; list and show say who, why and until when', async () => {
  const paused = {
    at: new Date(testNow).toISOString(),
    until: new Date(testNow + 7_200_000).toISOString(),
    by: 'ops',
    reason: 'the disk is full',
  };
  const job = jobBody({ id: 'a', schedule: { every: '5m' } }, { paused });
  const answers = {
    'GET /jobs/a': { body: job },
    'GET /jobs?limit=100': { body: { items: [job], next: null } },
    'POST /jobs/a/pause': { body: job },
    'POST /jobs/a/resume': { body: jobBody({ id: 'a' }) },
  };
  const words = 'since 2026-11-21 09:42:00 until 2026-11-21 11:42:00 by ops: the disk is full';
  const said = await call(
    ['jobs', 'pause', 'a', '--reason', 'the disk is full', '--until', 'in 2h', '--utc'],
    answers,
  );
  expect(said.stdout).toBe(`paused a ${words}\n`);
  expect(api?.requests.at(-1)?.body).toEqual({ reason: 'the disk is full', until: paused.until });
  await api?.close();
  for (const until of ['2026-11-21T12:42:00+01:00', '2h']) {
    await call(['jobs', 'pause', 'a', '--until', until], answers);
    expect(api?.requests.at(-1)?.body).toEqual({ reason: null, until: paused.until });
    await api?.close();
  }
  expect((await call(['jobs', 'show', 'a', '--utc'], answers)).stdout).toContain(`\npaused     ${words}\n`);
  await api?.close();
  expect((await call(['jobs', 'list', '--utc'], answers)).stdout).toMatch(/^a +paused +every 5m/m);
  await api?.close();
  expect((await call(['jobs', 'resume', 'a'], answers)).stdout).toBe('resumed a, runs by hand\n');
  await api?.close();
  expect(await call(['jobs', 'pause', 'a', '--until', '2026-11-21T12:42'], answers)).toMatchObject({
    code: 2,
    stderr:
      'flotilla: --until: "2026-11-21T12:42" is neither a duration nor an instant: write "in 2h", or 2027-03-14T09:00:00Z\n',
  });
});

test('a job that is not there is exit 3, one with children exit 4', async () => {
  const detail = 'there is no job "a": GET /api/v1/jobs lists those there are';
  expect(
    await call(['jobs', 'show', 'a'], {
      'GET /jobs/a': { status: 404, body: { code: 'job_not_found', detail } },
    }),
  ).toEqual({
    code: 3,
    stdout: '',
    stderr: 'flotilla: there is no job "a": flotilla jobs list shows those there are\n',
  });
  await api?.close();
  const children = { status: 409, body: { code: 'job_has_children', detail: 'x', children: ['b', 'c'] } };
  expect(await call(['jobs', 'delete', 'a'], { 'DELETE /jobs/a': children })).toEqual({
    code: 4,
    stdout: '',
    stderr:
      'flotilla: b, c run after it: delete them first, or add --detach to keep them without their trigger\n',
  });
  await api?.close();
  const child = { status: 409, body: { code: 'job_has_children', detail: 'x', children: ['b'] } };
  expect((await call(['jobs', 'delete', 'a'], { 'DELETE /jobs/a': child })).stderr).toBe(
    'flotilla: b runs after it: delete them first, or add --detach to keep them without their trigger\n',
  );
});

test('run --wait asks until the run is settled, and its failure is exit 1', async () => {
  const { id } = runBody();
  const states = [
    { state: 'running', settledAt: null },
    { state: 'failed', reason: 'exit_code' },
  ] as const;
  let asked = 0;
  const answers: Answers = {
    'POST /jobs/nightly-report/runs': { status: 201, body: runBody({ state: 'queued' }) },
    [`GET /runs/${id}`]: () => ({ body: runDetailBody(states[asked++] ?? states[1]) }),
  };
  const called = await call(['jobs', 'run', 'nightly-report', '--wait', '--key', 'k 1'], answers);
  expect(called).toEqual({
    code: 1,
    stdout: 'queued run deadbeef of nightly-report\nfailed: exit_code after 0.4 s\n',
    stderr: 'flotilla: nightly-report failed: exit_code: flotilla runs logs deadbeef\n',
  });
  expect(api?.requests[0]?.headers['idempotency-key']).toBe('k 1');
  expect(asked).toBe(2);
});

test('run --wait --json prints the settled run alone', async () => {
  const { id } = runBody();
  const called = await call(['jobs', 'run', 'nightly-report', '--wait', '--json'], {
    'POST /jobs/nightly-report/runs': { status: 201, body: runBody({ state: 'queued' }) },
    [`GET /runs/${id}`]: { body: runDetailBody() },
  });
  expect(called.code).toBe(0);
  expect(JSON.parse(called.stdout)).toMatchObject({ id, state: 'succeeded' });
});

test('a key that was used before is told', async () => {
  const called = await call(['jobs', 'run', 'nightly-report'], {
    'POST /jobs/nightly-report/runs': { body: runBody() },
  });
  expect(called.stdout).toBe('known run deadbeef of nightly-report: the key was used before\n');
});
