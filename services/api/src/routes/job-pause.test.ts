import { PauseIsOver } from '@flotilla/storage';
import { expect, test } from 'vitest';
import { jobOf, ledgerOf, nightly, openDoor } from '../testing/door.ts';

const job = jobOf({ id: 'nightly', ...nightly });
const pausedJob = {
  ...job,
  nextTickAt: null,
  paused: { at: 1_800_000_000_000, until: null, by: 'ops', reason: 'disk' },
};
const path = '/api/v1/jobs/nightly';

test('a pause says who, why and until when; a job shows it', async () => {
  const edits: unknown[] = [];
  const pause = async (slug: string, edit: object) => {
    edits.push({ slug, ...edit });
    return { kind: 'changed', job: pausedJob } as const;
  };
  const { ask, live } = await openDoor(ledgerOf({ jobs: { pause } }));
  const answer = await ask('POST', `${path}/pause`, {
    body: { reason: 'disk', until: '2027-03-14T09:00:00+01:00' },
    headers: { 'if-match': '"3"' },
  });
  expect([answer.status, answer.headers['etag']]).toEqual([200, '"3"']);
  expect(answer.json).toMatchObject({
    nextTickAt: null,
    paused: { at: '2027-01-15T08:00:00.000Z', until: null, by: 'ops', reason: 'disk' },
  });
  expect((await ask('POST', `${path}/pause`)).status).toBe(200);
  expect(edits).toEqual([
    {
      slug: 'nightly',
      actor: 'tester',
      reason: 'disk',
      until: Date.parse('2027-03-14T08:00:00Z'),
      expectedRevision: 3,
    },
    { slug: 'nightly', actor: 'tester', reason: null, until: null },
  ]);
  expect(live.told).toEqual([]);
});

test('a resume pokes the planner, one of a job that is not paused does not', async () => {
  const kinds = ['changed', 'unchanged'] as const;
  for (const kind of kinds) {
    const { ask, live } = await openDoor(ledgerOf({ jobs: { resume: async () => ({ kind, job }) } }));
    const answer = await ask('POST', `${path}/resume`);
    expect([answer.status, answer.json.paused]).toEqual([200, null]);
    expect(live.told).toEqual(kind === 'changed' ? ['hint plan'] : []);
  }
});

test('an end that has passed is 400, with the time that the database has', async () => {
  const pause = async () => {
    throw new PauseIsOver(1_800_000_000_000);
  };
  const { ask } = await openDoor(ledgerOf({ jobs: { pause } }));
  const answer = await ask('POST', `${path}/pause`, { body: { until: '2020-01-01T00:00:00Z' } });
  expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request']);
  expect(answer.json.errors).toEqual([
    {
      path: 'until',
      value: '2020-01-01T00:00:00.000Z',
      message: '2020-01-01T00:00:00.000Z has passed: it is 2027-01-15T08:00:00.000Z now',
    },
  ]);
});

test.each([
  [{ until: 'tomorrow' }],
  [{ until: 5 }],
  [{ reason: 'x'.repeat(501) }],
  [{ reason: 'a\0b' }],
  [{ untill: null }],
])('a body that cannot be read is refused: %j', async (body) => {
  const { ask } = await openDoor();
  const answer = await ask('POST', `${path}/pause`, { body });
  expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request']);
});

test.each([
  ['POST', '/pause'],
  ['POST', '/resume'],
  ['POST', '/enable'],
  ['POST', '/disable'],
  ['DELETE', ''],
] as const)('%s %s on a revision that has been left behind is 412', async (method, end) => {
  const expected: unknown[] = [];
  const refuse = async (_: string, edit: { expectedRevision?: number | 'absent' }) => {
    expected.push(edit.expectedRevision);
    return { kind: 'conflict', revision: 3 } as const;
  };
  const jobs = { pause: refuse, resume: refuse, setEnabled: refuse, delete: refuse };
  const { ask, live } = await openDoor(ledgerOf({ jobs }));
  const answer = await ask(method, `${path}${end}`, { headers: { 'if-match': '"2"' } });
  expect([answer.status, answer.json.code, answer.json.revision]).toEqual([412, 'revision_conflict', 3]);
  expect([expected, live.told]).toEqual([[2], []]);
});
