import { expect, test } from 'vitest';
import { dropLease, takeLease } from './leases.ts';
import { presentMs, readPresence } from './presence.ts';
import { aWorker, openTestLedger } from './test-ledger.ts';

const { store, sql } = await openTestLedger();

test('workers that beat and schedulers that hold a lane are at work; who has left or is silent is not', async () => {
  expect(await readPresence(store)).toEqual({ workers: 0, silentWorkers: 0, schedulers: 0 });
  const [silent, left] = [await aWorker(store), await aWorker(store)];
  await aWorker(store);
  await sql("UPDATE workers SET beat_at = beat_at - $2 * interval '1 ms' WHERE id = $1", [
    silent,
    presentMs + 1_000,
  ]);
  await sql("UPDATE workers SET state = 'left', ended_at = clock_timestamp() WHERE id = $1", [left]);
  const holder = '0198c0de-0000-7000-8000-00000000abcd';
  const [judge] = [await takeLease(store, 'judge', holder), await takeLease(store, 'watch', holder)];
  expect(await readPresence(store)).toEqual({ workers: 1, silentWorkers: 1, schedulers: 1 });
  await sql("UPDATE leases SET until = until - $1 * interval '1 ms' WHERE name = 'watch'", [
    presentMs + 2_000,
  ]);
  expect(await readPresence(store)).toMatchObject({ schedulers: 1 });
  if (judge !== null) await dropLease(store, judge);
  expect(await readPresence(store)).toMatchObject({ schedulers: 0 });
});
