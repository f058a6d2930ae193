import { expect, test } from 'vitest';
import { jobOf, ledgerOf, openDoor } from '../testing/door.ts';

const newYork = jobOf({
  id: 'ny',
  schedule: { cron: '30 2 * * *', zone: 'America/New_York' },
  turn: { shell: 'true' },
});

test('a preview begins after `from`, marks odd days, and goes on from `next`', async () => {
  const { ask } = await openDoor(ledgerOf({ jobs: { get: async () => newYork } }));
  const first = await ask('GET', '/api/v1/jobs/ny/preview?count=2&from=2027-03-13T00:00:00-05:00');
  expect(first.json.items).toEqual([
    { tickAt: '2027-03-13T07:30:00.000Z', local: '2027-03-13T02:30:00-05:00', note: null },
    { tickAt: '2027-03-14T07:00:00.000Z', local: '2027-03-14T03:00:00-04:00', note: 'gap' },
  ]);
  const second = await ask('GET', `/api/v1/jobs/ny/preview?count=1&from=${first.json.next}`);
  expect(second.json.items).toMatchObject([{ local: '2027-03-15T02:30:00-04:00' }]);
});

test('ten ticks from now where nothing else is said; none without a schedule', async () => {
  const { ask } = await openDoor(ledgerOf({ jobs: { get: async () => newYork } }));
  const { items } = (await ask('GET', '/api/v1/jobs/ny/preview')).json;
  expect(items).toHaveLength(10);
  expect(Date.parse(items[0].tickAt)).toBeGreaterThan(Date.now() - 1_000);

  const byHand = jobOf({ id: 'by-hand', turn: { shell: 'true' } });
  const other = await openDoor(ledgerOf({ jobs: { get: async () => byHand } }));
  expect((await other.ask('GET', '/api/v1/jobs/by-hand/preview')).json).toEqual({ items: [], next: null });
});

test.each(['count=0', 'count=1001', 'count=x', 'from=yesterday', 'cuont=3'])(
  '%s is refused',
  async (query) => {
    const { ask } = await openDoor(ledgerOf({ jobs: { get: async () => newYork } }));
    const answer = await ask('GET', `/api/v1/jobs/ny/preview?${query}`);
    expect([answer.status, answer.json.code]).toEqual([400, 'invalid_request']);
    expect(answer.json.errors).toHaveLength(1);
  },
);
