import { expect, test } from 'vitest';
import { createClockWatch } from './clock-watch.ts';
import { createDatabaseClock } from './database-clock.ts';
import { createIntake } from './intake.ts';

/** A worker whose clock is off by what the test says, and what is told of it. */
function aWorker() {
  const databaseNow = 1_000_000_000;
  let offMs = 0;
  const clock = createDatabaseClock(() => databaseNow + offMs);
  const intake = createIntake();
  intake.open('unheard');
  const told: unknown[] = [];
  const watch = createClockWatch(clock, intake, {
    clockSkewed: (skewMs) => told.push(skewMs),
    clockAgrees: () => told.push('agrees'),
  });
  const beat = (skewMs: number) => {
    offMs = skewMs;
    clock.observe(databaseNow, 0);
    watch();
  };
  return { clock, intake, told, beat, databaseNow };
}

test('CK-2 a clock that is off is told from 250 ms, once, and when it agrees again', () => {
  const { told, beat, intake } = aWorker();
  for (const skewMs of [0, 249, 250, 300, -400, 10, 0]) beat(skewMs);
  expect(told).toEqual([250, 'agrees']);
  expect(intake.isOpen()).toBe(true);
});

test('CK-2 up to 2 s are corrected', () => {
  const { clock, beat, intake, databaseNow } = aWorker();
  for (const skewMs of [2_000, -2_000]) {
    beat(skewMs);
    expect([clock.skewMs(), clock.now(), intake.isOpen()]).toEqual([skewMs, databaseNow, true]);
  }
});

test('CK-2 beyond 2 s the worker takes no runs, says so, and goes on when the clocks agree again', () => {
  const { told, beat, clock, intake, databaseNow } = aWorker();
  beat(5_000);
  expect(intake.isOpen()).toBe(false);
  expect(intake.problem()).toMatch('its clock and the database’s are too far apart');
  expect(clock.now()).toBe(databaseNow + 3_000);
  beat(-3_600_000);
  expect(intake.isOpen()).toBe(false);
  beat(100);
  expect([intake.isOpen(), intake.problem()]).toEqual([true, null]);
  expect(told).toEqual([5_000, 'agrees']);
});
