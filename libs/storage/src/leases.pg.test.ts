import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { dropLease, takeLease } from './leases.ts';
import { openTestLedger } from './test-ledger.ts';

const { store, sql } = await openTestLedger();
const [mine, theirs] = [randomUUID(), randomUUID()];

const moveEnd = (name: string, by: string) =>
  sql(`UPDATE leases SET until = clock_timestamp() + interval '${by}' WHERE name = $1`, [name]);

test('TX-6 a lane has one holder, who renews it under the same number', async () => {
  expect(await takeLease(store, 'one', mine)).toEqual({ name: 'one', holder: mine, number: 1 });
  expect(await takeLease(store, 'one', theirs)).toBeNull();
  expect(await takeLease(store, 'one', mine)).toMatchObject({ number: 1 });
});

test('TX-6 the number rises with every taking: after a lapse, and for whoever held it before too', async () => {
  await takeLease(store, 'lapsed', mine);
  await moveEnd('lapsed', '-1 ms');
  expect(await takeLease(store, 'lapsed', theirs)).toMatchObject({ holder: theirs, number: 2 });
  await moveEnd('lapsed', '-1 ms');
  expect(await takeLease(store, 'lapsed', theirs)).toMatchObject({ number: 3 });
  expect(await takeLease(store, 'lapsed', mine)).toBeNull();
});

test('TX-6 a lease that lies further ahead than it is long is over', async () => {
  await takeLease(store, 'ahead', mine);
  await moveEnd('ahead', '1 hour');
  expect(await takeLease(store, 'ahead', theirs)).toMatchObject({ holder: theirs, number: 2 });
});

test('TX-6 the rounding of the column lets nobody in behind a holder', async () => {
  for (let count = 0; count < 300; count++) {
    expect(await takeLease(store, `rounded ${count}`, mine)).not.toBeNull();
    expect(await takeLease(store, `rounded ${count}`, theirs)).toBeNull();
  }
});

test('of those who take a free lane at once one gets it', async () => {
  const taken = await Promise.all(Array.from({ length: 8 }, () => takeLease(store, 'wanted', randomUUID())));
  expect(taken.filter((lease) => lease !== null)).toHaveLength(1);
});

test('a lane that was given back is free at once; a late giving back changes nothing', async () => {
  const first = await takeLease(store, 'given', mine);
  if (first === null) throw new Error('the lane was free');
  await dropLease(store, first);
  expect(await takeLease(store, 'given', theirs)).toMatchObject({ number: 2 });
  await dropLease(store, first);
  expect(await takeLease(store, 'given', mine)).toBeNull();
});
