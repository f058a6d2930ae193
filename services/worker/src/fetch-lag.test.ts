import { expect, test } from 'vitest';
import { createFetchLag } from './fetch-lag.ts';

function aLag() {
  let nowMs = 5_000;
  const lag = createFetchLag(() => nowMs);
  return {
    ...lag,
    pass(ms: number) {
      nowMs += ms;
    },
  };
}

test('HO-1 the largest lag of late counts, and fades', () => {
  const lag = aLag();
  expect(lag.ms()).toBe(0);
  lag.note(800);
  lag.note(300);
  expect(lag.ms()).toBe(800);
  lag.pass(30_000);
  expect(lag.ms()).toBe(400);
  lag.note(300);
  expect(lag.ms()).toBe(400);
  lag.note(500);
  expect(lag.ms()).toBe(500);
});

test('HO-1 no more than two seconds count', () => {
  const lag = aLag();
  lag.note(60_000);
  expect(lag.ms()).toBe(2_000);
});

test('messages that came before their time say nothing', () => {
  const lag = aLag();
  lag.note(-4_000);
  expect(lag.ms()).toBe(0);
});
