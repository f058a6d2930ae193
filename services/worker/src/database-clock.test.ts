import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { createDatabaseClock } from './database-clock.ts';

test('before the first reading its own clock is as good as any', () => {
  expect(createDatabaseClock(() => 1_000).now()).toBe(1_000);
});

test('the reading of the shortest round trip counts', () => {
  const clock = createDatabaseClock(() => 10_000);
  clock.observe(11_490, 10); // 1,495 ahead
  clock.observe(11_400, 2_000); // a reply that was long on its way
  expect([clock.now(), clock.skewMs()]).toEqual([10_000 + 1_495, -1_495]);
});

test('CK-2 a clock that is stepped is believed at once: its readings contradict the earlier ones', () => {
  let own = 10_000;
  const clock = createDatabaseClock(() => own);
  clock.observe(10_001, 2);
  clock.observe(11_000, 10);
  expect(clock.skewMs()).toBe(-1_005);
  own += 3_600_000;
  clock.observe(11_000, 10);
  expect(clock.skewMs()).toBe(3_600_000 - 1_005);
});

test.prop([
  fc.integer({ min: -1_900, max: 1_900 }),
  fc.array(fc.tuple(fc.nat({ max: 500 }), fc.nat({ max: 500 })), { minLength: 1, maxLength: 8 }),
])('it errs by no more than half the shortest round trip', (offsetMs, trips) => {
  let own = 1_000_000;
  const clock = createDatabaseClock(() => own);
  for (const [thereMs, backMs] of trips) {
    const sentAt = own;
    own += thereMs + backMs;
    clock.observe(sentAt + thereMs + offsetMs, thereMs + backMs);
  }
  const shortest = Math.min(...trips.map(([thereMs, backMs]) => thereMs + backMs));
  expect(Math.abs(clock.skewMs() + offsetMs)).toBeLessThanOrEqual(shortest / 2);
});
