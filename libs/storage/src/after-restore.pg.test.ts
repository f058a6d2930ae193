import { expect, test } from 'vitest';
import { beginAfterRestore, restoreSteps } from './after-restore.ts';
import { readHandOut } from './hand-out.ts';
import { readQueueLife } from './rebuild.ts';
import { aJob, aWorker, openTestLedger, someRuns } from './test-ledger.ts';

const { store, sql } = await openTestLedger();

test('LG-3 both epochs and both sequences are ahead of all that was, and the marks of Redis are to be cleared', async () => {
  await someRuns(store, await aJob(store), 3);
  const before = await readHandOut(store, 'default', 60_000);
  const [orders] = await sql<{ last: number }>('SELECT max(order_number) AS last FROM events');
  const begun = await beginAfterRestore(store, { force: false });
  expect(begun).toMatchObject({
    kind: 'begun',
    queueEpoch: 1 + restoreSteps.epochs,
    streamEpoch: 1 + restoreSteps.epochs,
  });
  expect(await readQueueLife(store)).toEqual({ epoch: 1 + restoreSteps.epochs, tide: 0, cleared: 1 });
  const after = await readHandOut(store, 'default', 60_000);
  const last = Math.max(...before.map(({ number }) => number));
  expect(Math.min(...after.map(({ number }) => number))).toBeGreaterThan(last + restoreSteps.numbers - 1);
  await aJob(store);
  const [ordersAfter] = await sql<{ last: number }>('SELECT max(order_number) AS last FROM events');
  expect(ordersAfter?.last).toBeGreaterThanOrEqual((orders?.last ?? 0) + restoreSteps.numbers);
});

test('LG-3 while a worker beats it is refused, but by force', async () => {
  await aWorker(store);
  const before = await readQueueLife(store);
  expect(await beginAfterRestore(store, { force: false })).toMatchObject({
    kind: 'at_work',
    presence: { workers: 1 },
  });
  expect(await readQueueLife(store)).toEqual(before);
  expect(await beginAfterRestore(store, { force: true })).toMatchObject({ kind: 'begun' });
});
