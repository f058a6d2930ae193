import { emptyExcerpt, type Outcome, type ShellTurn, type TurnReport } from '@flotilla/domain';
import { expect, test } from 'vitest';
import type { Fence } from '../guard/fence.ts';
import { type InsideTask, insideTurns } from './inside.ts';
import type { TurnTask } from './turn.ts';

const untilStopped = ({ stop }: InsideTask): Promise<TurnReport> =>
  new Promise((resolve) => {
    stop.addEventListener('abort', () => {
      const outcome: Outcome = { kind: stop.reason as 'fenced' | 'cancelled' };
      resolve({ outcome, stdout: emptyExcerpt, stderr: emptyExcerpt, spawnedAt: null });
    });
  });

/** A turn inside the worker, under way. */
function aTurn(isFenced: boolean) {
  const [stop, fenced, gated] = [new AbortController(), new AbortController(), new AbortController()];
  const inside = new Set<string>();
  let isPast = false;
  let task: InsideTask | undefined;
  const fence: Fence = {
    signal: fenced.signal,
    isPast: () => isPast || fenced.signal.aborted,
    enter(turn) {
      inside.add(turn);
      return () => inside.delete(turn);
    },
  };
  const identity = { runId: 'the-run', attempt: 2 };
  const given = {
    fence: () => fence,
    isFenced,
    gated: gated.signal,
    identity,
    stop: stop.signal,
  } as unknown as TurnTask<ShellTurn>;
  const run = insideTurns<ShellTurn>((seen) => {
    task = seen as InsideTask;
    return untilStopped(task);
  });
  return {
    inside,
    stop,
    fenced,
    gated,
    report: run(given),
    mayGoOn: () => task?.mayGoOn(),
    passFence() {
      isPast = true;
    },
  };
}

test('GD-7 a turn inside the worker is stopped as fenced, and open at the guard until it has ended', async () => {
  const { inside, fenced, mayGoOn, report } = aTurn(true);
  expect([...inside, mayGoOn()]).toEqual(['the-run.2', true]);
  fenced.abort('fenced');
  expect(mayGoOn()).toBe(false);
  expect(await report).toMatchObject({ outcome: { kind: 'fenced' } });
  expect([...inside]).toEqual([]);
});

test('GD-7 whoever asks hears of the time before its timer does', () => {
  const { mayGoOn, passFence } = aTurn(true);
  passFence();
  expect(mayGoOn()).toBe(false);
});

test('GD-4 one that nobody could double goes on without answered beats', async () => {
  const { inside, fenced, stop, mayGoOn, passFence, report } = aTurn(false);
  passFence();
  fenced.abort('fenced');
  expect([...inside, mayGoOn()]).toEqual([true]);
  stop.abort('cancelled');
  expect(await report).toMatchObject({ outcome: { kind: 'cancelled' } });
});

test('GD-4, GD-7 one whose job is given a gate on the way is fenced from then on', async () => {
  const { inside, gated, fenced, mayGoOn, report } = aTurn(false);
  gated.abort();
  expect([...inside, mayGoOn()]).toEqual(['the-run.2', true]);
  fenced.abort('fenced');
  expect(await report).toMatchObject({ outcome: { kind: 'fenced' } });
  expect([...inside]).toEqual([]);
});
