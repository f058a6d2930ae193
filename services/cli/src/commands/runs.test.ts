import { afterEach, expect, test } from 'vitest';
import { runBody, runDetailBody } from '../testing/bodies.ts';
import { type Called, callFlotilla, testNow } from '../testing/call-flotilla.ts';
import { type FakeApi, type FakeReply, startFakeApi } from '../testing/fake-api.ts';

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

type Answer = FakeReply | ((asked: number) => FakeReply);

async function call(
  words: readonly string[],
  answers: Readonly<Record<string, Answer>> = {},
): Promise<Called> {
  const asked = new Map<string, number>();
  api = await startFakeApi(({ line }) => {
    const answer = answers[line.replace('/api/v1', '')];
    const times = asked.get(line) ?? 0;
    asked.set(line, times + 1);
    return typeof answer === 'function' ? answer(times) : answer;
  });
  return callFlotilla(words, { environment: { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: 'secret' } });
}

const lines = () => api?.requests.map(({ line }) => line.replace('/api/v1', ''));
const { id } = runBody();
const newest = { body: { items: [], next: null } };

test('list goes through pages up to its limit, and says that there is more', async () => {
  const page = (count: number, next: string | null) => ({
    body: { items: Array.from({ length: count }, () => runBody()), next },
  });
  const called = await call(['runs', 'list', '--limit', '150', '--job', 'a', '--state', 'failed'], {
    'GET /runs?job=a&state=failed&limit=100': page(100, 'more'),
    'GET /runs?job=a&state=failed&limit=50&cursor=more': page(50, 'and more'),
  });
  expect(called.code).toBe(0);
  expect(called.stdout.trimEnd().split('\n')).toHaveLength(152);
  expect(called.stdout).toMatch(/the first 150; --limit 300 shows more\n$/);
});

test.each([
  ['2h', new Date(testNow - 7_200_000).toISOString()],
  ['2026-11-21T09:00', '2026-11-21T09:00:00.000Z'],
  ['2026-11-21', '2026-11-21T00:00:00.000Z'],
])('--since %s is %s', async (since, instant) => {
  await call(['runs', 'list', '--utc', '--since', since, '--json']);
  expect(lines()).toEqual([`GET /runs?since=${encodeURIComponent(instant)}&limit=20`]);
});

test('a run is found by its id, by the end of it, and as the latest of its job', async () => {
  const shown = { body: runDetailBody() };
  expect((await call(['runs', 'show', id], { [`GET /runs/${id}`]: shown })).code).toBe(0);
  await api?.close();
  const byEnd = {
    'GET /runs?idEnd=deadbeef': { body: { items: [runBody()], next: null } },
    [`GET /runs/${id}`]: shown,
  };
  expect((await call(['runs', 'show', 'DEADBEEF'], byEnd)).code).toBe(0);
  await api?.close();
  const planned = runBody({
    id: id.replace('dead', 'cafe'),
    state: 'queued',
    startedAt: null,
    settledAt: null,
  });
  const called = await call(['runs', 'show', 'nightly-report', '--json'], {
    'GET /runs?job=nightly-report&limit=200': { body: { items: [planned, runBody()], next: null } },
    [`GET /runs/${id}`]: shown,
  });
  expect(JSON.parse(called.stdout)).toMatchObject({ id });
});

test('a job may be called like the end of an id', async () => {
  const called = await call(['runs', 'show', 'beef'], {
    'GET /runs?idEnd=beef': newest,
    'GET /runs?job=beef&limit=200': { body: { items: [runBody()], next: null } },
    [`GET /runs/${id}`]: { body: runDetailBody() },
  });
  expect(called.code).toBe(0);
});

test('what is no run is exit 3, what may be several is exit 2', async () => {
  const answers = {
    'GET /runs?idEnd=beef': { body: { items: [runBody(), runBody({ job: 'other' })], next: null } },
    'GET /runs?job=gone&limit=200': newest,
  };
  expect(await call(['runs', 'show', 'gone'], answers)).toMatchObject({
    code: 3,
    stderr:
      'flotilla: "gone" is neither the id of a run, nor the end of one, nor a job with runs: flotilla runs list shows them\n',
  });
  await api?.close();
  expect(await call(['runs', 'show', 'beef'], answers)).toMatchObject({
    code: 2,
    stderr: `flotilla: "beef" ends the ids of several runs: give more of one of ${id} (nightly-report), ${id} (other)\n`,
  });
});

test('show tells a failed run with its tries and what it wrote', async () => {
  const attempt = {
    number: 1,
    worker: id,
    handedOutAt: null,
    startedAt: '2026-11-21T09:41:00.012Z',
    spawnedAt: null,
    endedAt: '2026-11-21T09:41:00.412Z',
    outcome: 'exited',
    exitCode: 3,
    signal: null,
    message: null,
    stdout: '',
    stdoutBytes: 0,
    stderr: 'no\u001b[31m such table\n',
    stderrBytes: 14,
    outputPruned: false,
    usage: null,
  } as const;
  const run = runDetailBody({ state: 'failed', reason: 'exit_code', failures: 1, attempts: [attempt] });
  const { stdout } = await call(['runs', 'show', id, '--utc'], { [`GET /runs/${id}`]: { body: run } });
  expect(stdout).toBe(
    [
      `run       ${id}`,
      'job       nightly-report (revision 1)',
      'state     failed: exit_code',
      'cause     schedule',
      'tick      2026-11-21 09:41:00',
      'due       2026-11-21 09:41:00',
      'started   2026-11-21 09:41:00 (12 ms after it was due)',
      'settled   2026-11-21 09:41:00 after 0.4 s',
      'failures  1',
      '',
      'TRY  STARTED               TOOK  OUTCOME      WORKER',
      '  1  2026-11-21 09:41:00  0.4 s  exit code 3  deadbeef',
      '',
      'stderr',
      '  no�[31m such table',
      '',
    ].join('\n'),
  );
});

test('show tells what the answer of an agent has cost', async () => {
  const attempt = {
    number: 1,
    worker: id,
    handedOutAt: null,
    startedAt: '2026-11-21T09:41:00.012Z',
    spawnedAt: null,
    endedAt: '2026-11-21T09:41:00.412Z',
    outcome: 'answered',
    exitCode: null,
    signal: null,
    message: null,
    stdout: 'Hello',
    stdoutBytes: 5,
    stderr: '',
    stderrBytes: 0,
    outputPruned: false,
    usage: { model: 'large', inputTokens: 7, outputTokens: 2, cost: null },
  } as const;
  const run = runDetailBody({ attempts: [attempt] });
  const { stdout } = await call(['runs', 'show', id, '--utc'], { [`GET /runs/${id}`]: { body: run } });
  expect(stdout).toMatch(/\nusage +large: 7 tokens in, 2 out\n/);
  expect(stdout).toMatch(/OUTCOME +WORKER\n.* answered +/);
  expect(stdout).toMatch(/stdout\n {2}Hello\n$/);
});

test('logs are handed through byte for byte', async () => {
  const bytes = Buffer.from('progress\r100 %\u001b[0m\nend without a line');
  const called = await call(['runs', 'logs', id, '--stream', 'stderr', '--attempt', '2'], {
    [`GET /runs/${id}/log?stream=stderr&attempt=2`]: { raw: (response) => response.end(bytes) },
  });
  expect(called).toEqual({ code: 0, stdout: bytes.toString(), stderr: '' });
});

test('cancel --wait asks until the run is settled', async () => {
  const called = await call(['runs', 'cancel', id, '--wait'], {
    [`POST /runs/${id}/cancel?wait=20s`]: (asked) =>
      asked === 0
        ? { status: 202, body: runBody({ state: 'running' }) }
        : { status: 200, body: runBody({ state: 'cancelled', reason: 'requested' }) },
  });
  expect(called).toEqual({
    code: 0,
    stdout: 'cancelled: requested: run deadbeef of nightly-report\n',
    stderr: '',
  });
  expect(api?.requests).toHaveLength(2);
});

test('retry says which run is the new one, or that the next try is due', async () => {
  const again = runBody({ id: id.replace('dead', 'cafe'), cause: 'manual', state: 'queued', retryOf: id });
  expect(
    await call(['runs', 'retry', id], { [`POST /runs/${id}/retry`]: { status: 201, body: again } }),
  ).toEqual({
    code: 0,
    stdout: 'queued: run cafebeef of nightly-report, a retry of run deadbeef\n',
    stderr: '',
  });
  await api?.close();
  for (const retryOf of [null, id.replace('dead', 'cafe')]) {
    const waiting = { body: runBody({ state: 'queued', attempt: 1, retryOf }) };
    expect((await call(['runs', 'retry', id], { [`POST /runs/${id}/retry`]: waiting })).stdout).toBe(
      'due now: try 2 of run deadbeef of nightly-report\n',
    );
    await api?.close();
  }
  const shown = { body: runDetailBody({ cause: 'manual', retryOf: id }) };
  expect((await call(['runs', 'show', id], { [`GET /runs/${id}`]: shown })).stdout).toMatch(
    new RegExp(`^retry of +run ${id}$`, 'm'),
  );
});

test('cancel without --wait, and of a run that has ended, say how it stands', async () => {
  const running = { status: 202, body: runBody({ state: 'running' }) };
  expect((await call(['runs', 'cancel', id], { [`POST /runs/${id}/cancel`]: running })).stdout).toBe(
    'asked to stop: run deadbeef of nightly-report is running\n',
  );
  await api?.close();
  const ended = { status: 202, body: runBody() };
  expect((await call(['runs', 'cancel', id], { [`POST /runs/${id}/cancel`]: ended })).stdout).toBe(
    'run deadbeef of nightly-report has ended: succeeded\n',
  );
});
