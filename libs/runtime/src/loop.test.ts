import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { backoff, createLoop, type LoopClock, type LoopOptions, type StepResult } from './loop.ts';

/** A clock whose sleeps are recorded and end when the test says so, or at their abort. */
function manualClock() {
  const waits: number[] = [];
  const ends: Array<() => void> = [];
  const arrivals: Array<() => void> = [];
  const clock: LoopClock = {
    now: () => 1_000,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        waits.push(ms);
        ends.push(resolve);
        signal.addEventListener('abort', () => reject(signal.reason));
        arrivals.shift()?.();
      }),
  };
  const asleep = () => new Promise<void>((resolve) => arrivals.push(resolve));
  return { clock, waits, asleep, wake: () => ends.pop()?.() };
}

function loopOf(results: Array<StepResult | Error>, options: Partial<LoopOptions> = {}) {
  const manual = manualClock();
  const errors: unknown[] = [];
  const counted = { steps: 0 };
  const loop = createLoop({
    name: 'test',
    everyMs: 50,
    clock: manual.clock,
    random: () => 1,
    onError: (error) => errors.push(error),
    step: async () => {
      const result = results[counted.steps] ?? 'idle';
      counted.steps += 1;
      if (result instanceof Error) {
        throw result;
      }
      return result;
    },
    ...options,
  });
  return { ...manual, loop, errors, counted };
}

test('"more" goes on at once, "idle" waits', async () => {
  const { loop, counted, waits, asleep } = loopOf(['more', 'more', 'idle']);
  loop.start();
  await asleep();
  expect(counted.steps).toBe(3);
  expect(waits).toEqual([50]);
  expect(loop.lastSuccessAt).toBe(1_000);
  await loop.stop();
});

test('a poke ends the wait', async () => {
  const { loop, counted, asleep } = loopOf([]);
  loop.start();
  await asleep();
  loop.poke();
  await asleep();
  expect(counted.steps).toBe(2);
  await loop.stop();
});

test('a poke during a step is not lost', async () => {
  const { loop, counted, asleep } = loopOf([], {
    step: async () => {
      counted.steps += 1;
      if (counted.steps === 1) {
        loop.poke();
      }
      return 'idle';
    },
  });
  loop.start();
  await asleep();
  expect(counted.steps).toBe(2);
  await loop.stop();
});

test('errors back off, are counted and told; a success forgets them; a poke does not cut them short', async () => {
  const [first, second] = [new Error('first'), new Error('second')];
  const { loop, errors, waits, counted, asleep, wake } = loopOf([first, second, 'idle']);
  loop.start();
  await asleep();
  loop.poke();
  expect(counted.steps).toBe(1);
  wake();
  await asleep();
  expect(loop.failuresInARow).toBe(2);
  wake();
  await asleep();
  expect(errors).toEqual([first, second]);
  expect(waits).toEqual([250, 500, 50]);
  expect(loop.failuresInARow).toBe(0);
  await loop.stop();
});

test('stop waits for the step under way and is heard inside it, and ends nothing twice', async () => {
  let endStep: (result: StepResult) => void = () => undefined;
  let heard: AbortSignal | undefined;
  const { loop } = loopOf([], {
    step: (signal) => {
      heard = signal;
      return new Promise((resolve) => {
        endStep = resolve;
      });
    },
  });
  loop.start();
  let stopped = false;
  const stopping = Promise.all([loop.stop(), loop.stop()]).then(() => {
    stopped = true;
  });
  await Promise.resolve();
  expect(heard?.aborted).toBe(true);
  expect(stopped).toBe(false);
  endStep('more');
  await stopping;
});

test('a loop that was stopped before its start never steps', async () => {
  const { loop, counted } = loopOf([]);
  await loop.stop();
  loop.start();
  await loop.stop();
  expect(counted.steps).toBe(0);
});

test('a step that gives up because of the stop is no error', async () => {
  const { loop, errors } = loopOf([], {
    step: (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  });
  loop.start();
  await loop.stop();
  expect(errors).toEqual([]);
});

test.prop([
  fc.integer({ min: 1, max: 5_000 }),
  fc.integer({ min: 1, max: 60_000 }),
  fc.double({ min: 0, max: 1, noNaN: true }),
])('a back-off is positive and within its bound after any number of failures', (failures, maxMs, random) => {
  const ms = backoff(failures, maxMs, random);
  expect(ms).toBeGreaterThan(0);
  expect(ms).toBeLessThanOrEqual(maxMs);
});
