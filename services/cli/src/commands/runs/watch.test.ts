import { afterEach, expect, test } from 'vitest';
import type { RunBody } from '../../client/bodies.ts';
import { runBody, runDetailBody } from '../../testing/bodies.ts';
import { type Called, callFlotilla } from '../../testing/call-flotilla.ts';
import { type FakeApi, startFakeApi } from '../../testing/fake-api.ts';

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.close();
});

const { id } = runBody();

/** The event that made the run so. */
function frame(run: RunBody, type: string): string {
  const data = { ...run, run: id, jobId: '01920000-0000-7000-8000-000000000001' };
  const event = { id: `${id}.${run.version}`, type, entity: 'run', at: '2026-11-21T09:41:07.000Z', data };
  return `id: 1-${run.version}\nevent: ${type}\ndata: ${JSON.stringify(event)}\n\n`;
}

const queued = runBody({ state: 'queued', version: 1, attempt: 0, startedAt: null, settledAt: null });
const running = runBody({ state: 'running', version: 2, settledAt: null });
const succeeded = runDetailBody({ state: 'succeeded', version: 3 });
const failed = runDetailBody({ state: 'failed', reason: 'exit_code', version: 3 });
const told = (last: RunBody) => [
  frame(queued, 'run.queued'),
  frame(running, 'run.started'),
  frame(last, `run.${last.state}`),
];

/** The run stands as `stands` says, the first time and so on; each connection is told the next of these, and ended. */
async function watch(
  words: readonly string[],
  stands: readonly RunBody[],
  tells: readonly string[],
): Promise<Called> {
  const next = { run: 0, events: 0 };
  api = await startFakeApi(({ line }) => {
    if (line === `GET /api/v1/runs/${id}`) return { body: stands[Math.min(next.run++, stands.length - 1)] };
    if (!line.startsWith('GET /api/v1/events')) return undefined;
    const text = tells[next.events++];
    return {
      raw: (response) => {
        if (text === undefined) return response.writeHead(404).end('{}');
        return response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text);
      },
    };
  });
  return callFlotilla(['runs', 'watch', ...words, '--utc'], {
    environment: { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: 'secret' },
  });
}

const asked = () => api?.requests.map(({ line }) => line).filter((line) => line.includes('/events'));

test('a run is shown as it stands, then as it happens, then how it ended', async () => {
  const called = await watch([id], [queued, queued, succeeded], [told(succeeded).join('')]);
  expect(called).toEqual({
    code: 0,
    stdout: [
      'run deadbeef of nightly-report: queued',
      '09:41:07  nightly-report        started                                 deadbeef',
      '09:41:07  nightly-report        succeeded after 0.4 s                   deadbeef',
      '',
    ].join('\n'),
    stderr: '',
  });
  expect(asked()).toEqual([`GET /api/v1/events?run=${id}`]);
});

test('a run that does not succeed is exit code 1', async () => {
  const called = await watch([id], [queued, queued, failed], [told(failed).join('')]);
  expect(called).toMatchObject({
    code: 1,
    stderr: 'flotilla: nightly-report failed: exit_code: flotilla runs logs deadbeef\n',
  });
});

test('a run that is settled already is told at once', async () => {
  const called = await watch([id], [succeeded], ['']);
  expect([called.code, called.stdout]).toEqual([0, expect.stringMatching(/succeeded after 0\.4 s\n$/)]);
});

test('where events may be missing the run is looked at again', async () => {
  const reset = `${frame(queued, 'run.queued')}event: reset\ndata: {}\n\n${frame(succeeded, 'run.succeeded')}`;
  const { stdout } = await watch([id], [queued, queued, running, succeeded], [reset]);
  expect(stdout).toContain('run deadbeef of nightly-report: running\n');
});

test('--json is an event on each line', async () => {
  const { stdout } = await watch([id, '--json'], [queued, queued, succeeded], [told(succeeded).join('')]);
  const types = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).type);
  expect(types).toEqual(['run.started', 'run.succeeded']);
});

test('the runs of jobs are watched without an end', async () => {
  const called = await watch(['--job', 'a,b'], [], [told(succeeded).join('')]);
  expect(called.stdout.split('\n')).toHaveLength(4);
  expect(asked()?.[0]).toBe('GET /api/v1/events?job=a%2Cb&type=run.*');
  expect(called.code, 'the fake server knows no second connection').toBe(3);
});

test('a run and --job are too much', async () => {
  expect(await watch([id, '--job', 'a'], [], [])).toMatchObject({ code: 2 });
});
