import { expect, test } from 'vitest';
import type { WhyBody } from '../client/bodies.ts';
import { jobBody, runDetailBody } from '../testing/bodies.ts';
import { type Called, callFlotilla } from '../testing/call-flotilla.ts';
import { type FakeReply, startFakeApi } from '../testing/fake-api.ts';

async function call(
  words: readonly string[],
  answers: Readonly<Record<string, FakeReply>> = {},
): Promise<Called> {
  const api = await startFakeApi(({ line }) => answers[line.replace('/api/v1', '')]);
  const environment = { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: 'secret' };
  const called = await callFlotilla(words, { environment });
  await api.close();
  return called;
}

const worker = '01920000-0000-7000-8000-00000000cafe';
const run = runDetailBody({
  attempts: [],
  children: [{ id: '01920000-0000-7000-8000-00000000f00d', job: 'tell', state: 'queued' }],
});
const started = {
  id: `${run.id}.2`,
  type: 'run.started',
  entity: 'run',
  at: '2026-11-21T09:41:00.012Z',
  data: { ...run, run: run.id, jobId: worker, worker, state: 'running', settledAt: null },
} as const;
const why: WhyBody = {
  job: 'nightly-report',
  at: '2026-11-21T09:41:00.000Z',
  found: 'tick',
  because: ['it succeeded', 'it started 3s after it was due'],
  revision: { revision: 2, actor: 'ann', at: '2026-11-01T00:00:00.000Z' },
  run,
  events: [started],
  workers: [{ id: worker, host: 'harbour', pid: 42, state: 'alive' }],
};

test('why tells a tick on one screen', async () => {
  const { stdout } = await call(['why', 'nightly-report', '2026-11-21T09:41:00Z', '--utc'], {
    'GET /jobs/nightly-report/why?at=2026-11-21T09%3A41%3A00.000Z': { body: why },
  });
  expect(stdout).toBe(
    [
      'job          nightly-report (revision 2)',
      'moment       2026-11-21 09:41:00',
      'why          it succeeded',
      '             it started 3s after it was due',
      'run          01920000-0000-7000-8000-0000deadbeef',
      'tick         2026-11-21 09:41:00',
      'state        succeeded',
      'followed by  0000f00d tell queued',
      '',
      'WHEN                     FROM DUE  WHAT',
      '2026-11-21 09:41:00.012  +0.012 s  started by harbour (worker 0000cafe, pid 42)',
      '',
    ].join('\n'),
  );
});

test('a time without an offset is read in the zone of the job', async () => {
  const { code } = await call(['why', 'nightly-report', '2026-07-01T02:00'], {
    'GET /jobs/nightly-report': {
      body: jobBody({ id: 'nightly-report', schedule: { cron: '0 2 * * *', zone: 'Europe/Berlin' } }),
    },
    'GET /jobs/nightly-report/why?at=2026-07-01T00%3A00%3A00.000Z': { body: why },
  });
  expect(code).toBe(0);
});

test('a time that is none is refused', async () => {
  expect(await call(['why', 'nightly-report', 'teatimeZ'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('"teatimeZ" is not an instant'),
  });
});
