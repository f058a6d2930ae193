import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { createDatabaseClock } from './database-clock.ts';

test('before the first reading its own clock is as good as any', () => {
  expect(createDatabaseClock(() => 1_000).now()).toBe(1_000);
});

test('the reading of the shortest round trip counts', () => {
  const clock = createDatabaseClock(() => 10_000);
  clock.observe(15_000, 9_000, 9_010); // 5,995 ahead
  clock.observe(14_000, 9_000, 11_000); // a reply that was long on its way
  expect(clock.now()).toBe(10_000 + 5_995);
});

test('a clock that is stepped is believed once eight readings say so', () => {
  const clock = createDatabaseClock(() => 10_000);
  clock.observe(10_001, 10_000, 10_002);
  for (let readings = 0; readings < 7; readings++) clock.observe(70_005, 10_000, 10_010);
  expect(clock.now()).toBe(10_000);
  clock.observe(70_005, 10_000, 10_010);
  expect(clock.now()).toBe(70_000);
});

test.prop([
  fc.integer({ min: -100_000, max: 100_000 }),
  fc.array(fc.tuple(fc.nat({ max: 500 }), fc.nat({ max: 500 })), { minLength: 1, maxLength: 8 }),
])('it errs by no more than half the shortest round trip', (offsetMs, trips) => {
  let own = 1_000_000;
  const clock = createDatabaseClock(() => own);
  for (const [thereMs, backMs] of trips) {
    const sentAt = own;
    own += thereMs + backMs;
    clock.observe(sentAt + thereMs + offsetMs, sentAt, own);
  }
  const shortest = Math.min(...trips.map(([thereMs, backMs]) => thereMs + backMs));
  expect(Math.abs(clock.now() - (own + offsetMs))).toBeLessThanOrEqual(shortest / 2);
});
