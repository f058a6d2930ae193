import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { deadline, monotonicMs, sleep, withTimeLimit } from './clock.ts';

test('GD-3 the monotonic clock is the machine’s: another process reads the same', () => {
  const beforeMs = monotonicMs();
  const script = 'process.stdout.write(String(Number(process.hrtime.bigint()) / 1e6))';
  const otherMs = Number(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
  expect(otherMs).toBeGreaterThan(beforeMs);
  expect(otherMs).toBeLessThan(monotonicMs());
});

test('a deadline counts down on its clock and ends at 0', () => {
  let nowMs = 1_000;
  const { remainingMs, isOver } = deadline(200, () => nowMs);
  nowMs = 1_150;
  expect([remainingMs(), isOver()]).toEqual([50, false]);
  nowMs = 1_300;
  expect([remainingMs(), isOver()]).toEqual([0, true]);
});

test('an aborted sleep rejects at once', async () => {
  const aborted = new AbortController();
  const sleeping = sleep(60_000, aborted.signal);
  aborted.abort();
  await expect(sleeping).rejects.toMatchObject({ name: 'AbortError' });
});

test('work within its limit keeps its result and its error', async () => {
  await expect(withTimeLimit(60_000, Promise.resolve('done'))).resolves.toBe('done');
  await expect(withTimeLimit(60_000, Promise.reject(new Error('no')))).rejects.toThrow('no');
});
