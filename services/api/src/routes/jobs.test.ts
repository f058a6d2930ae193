import type { JobEdit } from '@flotilla/storage';
import { expect, test } from 'vitest';
import { jobOf, ledgerOf, nightly, openDoor } from '../testing/door.ts';

test('a new job is 201, with its defaults, its revision and its entity tag', async () => {
  const { ask, live } = await openDoor();
  const answer = await ask('PUT', '/api/v1/jobs/nightly', { body: nightly });
  expect(answer.status).toBe(201);
  expect(answer.headers['etag']).toBe('"1"');
  expect(answer.json).toMatchObject({
    id: 'nightly',
    name: 'nightly',
    overlap: 'skip',
    schedule: { zone: 'UTC' },
    revision: 1,
    change: 'created',
    oldRevision: null,
    nextTickAt: '2027-01-15T08:00:00.000Z',
  });
  expect(live.told).toEqual(['hint plan']);
});

test('an unchanged job is 200, and nobody is poked', async () => {
  const put = async ({ document }: JobEdit) =>
    ({ kind: 'unchanged', job: jobOf(document), oldRevision: 3 }) as const;
  const { ask, live } = await openDoor(ledgerOf({ jobs: { put } }));
  const answer = await ask('PUT', '/api/v1/jobs/nightly', { body: { id: 'nightly', ...nightly } });
  expect(answer.status).toBe(200);
  expect(answer.json).toMatchObject({ change: 'unchanged', revision: 3 });
  expect(live.told).toEqual([]);
});

test('the id of a document is the one of its address', async () => {
  const { ask } = await openDoor();
  const answer = await ask('PUT', '/api/v1/jobs/nightly', { body: { ...nightly, id: 'other' } });
  expect(answer.status).toBe(400);
  expect(answer.json).toMatchObject({
    code: 'invalid_document',
    errors: [{ path: 'id', value: 'other', nearest: 'nightly' }],
  });
});

test('a bad document is 400 with every field, its value and what was meant', async () => {
  const { ask } = await openDoor();
  const schedule = { cron: '0 2 * * *', zone: 'Europe/Berln' };
  const body = { schedule, turn: { shel: 'x', shell: 'x' }, ttl: '1d' };
  const answer = await ask('PUT', '/api/v1/jobs/nightly', { body });
  expect(answer.status).toBe(400);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(answer.json).toMatchObject({ type: 'urn:flotilla:problem:invalid_document', status: 400 });
  const found = answer.json.errors.map(({ path, nearest }: { path: string; nearest?: string }) => [
    path,
    nearest,
  ]);
  expect(found).toEqual(
    expect.arrayContaining([
      ['schedule.zone', 'Europe/Berlin'],
      ['turn.shel', 'shell'],
      ['ttl', undefined],
    ]),
  );
});

test('what the ledger refuses is a bad document too', async () => {
  const errors = [{ path: 'after.job', value: 'nop', message: 'no job "nop"', nearest: 'top' }];
  const put = async () => ({ kind: 'invalid', errors }) as const;
  const { ask, live } = await openDoor(ledgerOf({ jobs: { put } }));
  const answer = await ask('PUT', '/api/v1/jobs/nightly', { body: nightly });
  expect([answer.status, answer.json.code, answer.json.errors]).toEqual([400, 'invalid_document', errors]);
  expect(live.told).toEqual([]);
});

test.each([
  ['if-match', '"2"', 2],
  ['if-match', 'W/"2"', 2],
  ['if-none-match', '*', 'absent'],
])(
  '%s: %s is the expectation %s, and a conflict is 412 with the present revision',
  async (name, value, expected) => {
    const edits: JobEdit[] = [];
    const put = async (edit: JobEdit) => {
      edits.push(edit);
      return { kind: 'conflict', revision: 3 } as const;
    };
    const { ask } = await openDoor(ledgerOf({ jobs: { put } }));
    const answer = await ask('PUT', '/api/v1/jobs/nightly', { body: nightly, headers: { [name]: value } });
    expect([answer.status, answer.json.code, answer.json.revision]).toEqual([412, 'revision_conflict', 3]);
    expect(edits).toMatchObject([{ expectedRevision: expected, actor: 'tester' }]);
  },
);

test.each([
  [{ 'if-match': '2' }],
  [{ 'if-match': '"2", "3"' }],
  [{ 'if-none-match': '"2"' }],
  [{ 'if-match': '"2"', 'if-none-match': '*' }],
])('an expectation that cannot be read is refused and not ignored: %j', async (headers) => {
  const { ask } = await openDoor();
  const answer = await ask('PUT', '/api/v1/jobs/nightly', { body: nightly, headers });
  expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request']);
});

test('an unknown job is 404 and names the nearest', async () => {
  const { ask } = await openDoor(ledgerOf({ jobs: { nearestSlug: async () => 'nightly' } }));
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', ''],
    ['POST', '/enable'],
    ['POST', '/disable'],
    ['POST', '/pause'],
    ['POST', '/resume'],
    ['POST', '/runs'],
    ['GET', '/preview'],
  ] as const) {
    const answer = await ask(method, `/api/v1/jobs/nihgtly${path}`);
    expect([answer.status, answer.json.code, answer.json.nearest], path).toEqual([
      404,
      'job_not_found',
      'nightly',
    ]);
    expect(answer.json.detail).toContain('did you mean "nightly"?');
  }
});

test('a job with children is 409 and names them; detach lets them go', async () => {
  const asked: boolean[] = [];
  const { ask } = await openDoor(
    ledgerOf({
      jobs: {
        delete: async (_, { detach }) => {
          asked.push(detach);
          return detach ? { kind: 'deleted' } : { kind: 'has_children', children: ['explain'] };
        },
      },
    }),
  );
  const refused = await ask('DELETE', '/api/v1/jobs/nightly');
  expect([refused.status, refused.json.code, refused.json.children]).toEqual([
    409,
    'job_has_children',
    ['explain'],
  ]);
  expect(refused.json.detail).toMatch(/^explain runs after "nightly": /);
  const deleted = await ask('DELETE', '/api/v1/jobs/nightly?detach=true');
  expect([deleted.status, deleted.text]).toEqual([204, '']);
  expect(asked).toEqual([false, true]);
});

test('a job carries its entity tag, and a list its cursor', async () => {
  const job = jobOf({ id: 'nightly', ...nightly });
  const queries: unknown[] = [];
  const list = async (query: unknown) => {
    queries.push(query);
    return { items: [job], next: 'more' };
  };
  const { ask } = await openDoor(ledgerOf({ jobs: { get: async () => job, list } }));
  expect((await ask('GET', '/api/v1/jobs/nightly')).headers['etag']).toBe('"3"');
  const answer = await ask('GET', '/api/v1/jobs?tag=a&enabled=false&cursor=c');
  expect(answer.json).toMatchObject({ items: [{ id: 'nightly', revision: 3 }], next: 'more' });
  expect(queries).toEqual([{ limit: 50, tag: 'a', enabled: false, cursor: 'c' }]);
});

test('enabling pokes the planner, disabling does not', async () => {
  const setEnabled = async () => ({ kind: 'changed', job: jobOf({ id: 'nightly', ...nightly }) }) as const;
  const { ask, live } = await openDoor(ledgerOf({ jobs: { setEnabled } }));
  expect((await ask('POST', '/api/v1/jobs/nightly/disable')).status).toBe(200);
  expect(live.told).toEqual([]);
  expect((await ask('POST', '/api/v1/jobs/nightly/enable')).status).toBe(200);
  expect(live.told).toEqual(['hint plan']);
});
