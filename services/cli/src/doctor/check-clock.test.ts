import { expect, test } from 'vitest';
import { checkClock } from './check-clock.ts';

const skewed = (skewMs: number, roundTripMs = 0) =>
  checkClock('Postgres', {
    theirs: 1_000_000,
    askedAt: 1_000_000 + skewMs - roundTripMs / 2,
    answeredAt: 1_000_000 + skewMs + roundTripMs / 2,
  });

test('CK-2 skew is reported from 250 ms on, in both directions', () => {
  expect(skewed(249).verdict).toBe('fine');
  expect(skewed(-249).verdict).toBe('fine');
  expect(skewed(250)).toMatchObject({
    verdict: 'wrong',
    says: "this host's clock is 250 ms ahead of Postgres' clock",
  });
  expect(skewed(-250)).toMatchObject({
    verdict: 'wrong',
    says: "this host's clock is 250 ms behind Postgres' clock",
  });
});

test('CK-2 beyond 2 s it says that workers do not correct it', () => {
  expect(skewed(2_000).says).not.toContain('too far');
  expect(skewed(-3_600_000).says).toBe(
    "this host's clock is 3600 s behind Postgres' clock, too far for a worker to correct",
  );
});

test('a slow answer proves less', () => {
  expect(skewed(300, 98).verdict).toBe('wrong');
  expect(skewed(300, 102).verdict).toBe('fine');
});

test('of Redis it says whose clock it is, and nothing of workers: they go by Postgres', () => {
  const finding = checkClock('Redis', { theirs: 1_000_000, askedAt: 4_600_000, answeredAt: 4_600_000 });
  expect(finding).toMatchObject({
    verdict: 'wrong',
    check: 'redis clock',
    says: "this host's clock is 3600 s ahead of Redis' clock",
  });
});
