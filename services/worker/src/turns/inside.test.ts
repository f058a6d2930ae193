import { emptyExcerpt, type Outcome, type TurnReport } from '@flotilla/domain';
import { expect, test } from 'vitest';
import { aGuard } from '../test-guard.ts';
import { insideTurns } from './inside.ts';
import type { TurnTask } from './turn.ts';

const begunAt = 5_000;

const untilStopped = ({ stop }: TurnTask): Promise<TurnReport> =>
  new Promise((resolve) => {
    stop.addEventListener('abort', () => {
      const outcome: Outcome = { kind: stop.reason as 'fenced' | 'cancelled' };
      resolve({ outcome, stdout: emptyExcerpt, stderr: emptyExcerpt, spawnedAt: null });
    });
  });

/** A turn inside the worker, under way. */
function aTurn(isFenced: boolean) {
  const guard = aGuard();
  const [stop, fenced] = [new AbortController(), new AbortController()];
  const identity = { runId: 'the-run' };
  const task = { guard, isFenced, identity, stop: stop.signal, fenced: fenced.signal } as unknown as TurnTask;
  return { guard, stop, fenced, report: insideTurns(untilStopped, () => begunAt)(task) };
}

test('GD-7 a turn inside the worker is stopped as fenced, and open at the guard until it has ended', async () => {
  const { guard, fenced, report } = aTurn(true);
  expect([...guard.inside]).toEqual(['the-run']);
  fenced.abort('fenced');
  expect(await report).toMatchObject({ outcome: { kind: 'fenced' }, spawnedAt: begunAt });
  expect([...guard.inside]).toEqual([]);
});

test('GD-4 one that nobody could double goes on without answered beats', async () => {
  const { guard, fenced, stop, report } = aTurn(false);
  expect([...guard.inside]).toEqual([]);
  fenced.abort('fenced');
  stop.abort('cancelled');
  expect(await report).toMatchObject({ outcome: { kind: 'cancelled' } });
});
