import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { FromGuard } from './message.ts';
import { createWatch } from './watch.ts';

const limits = { fenceMs: 20_000, insideMs: 25_000 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function aWatch() {
  const said: FromGuard[] = [];
  const killed: number[] = [];
  let workerKills = 0;
  const watch = createWatch({
    limits,
    say: (message) => void said.push(message),
    kill: ({ groupId }) => void killed.push(groupId),
    killWorker: () => {
      workerKills += 1;
    },
    nowMs: Date.now,
  });
  const register = (groupId: number, isFenced = true) =>
    watch.hear({ kind: 'register', groupId, start: null, isFenced });
  const dot = (agoMs = 0) => watch.hear({ kind: 'dot', beatSentAtMs: Date.now() - agoMs });
  const release = (groupId: number) => {
    watch.hear({ kind: 'release', groupId });
    return said.at(-1);
  };
  return { watch, said, killed, register, dot, release, workerKills: () => workerKills };
}

const fenced: FromGuard = { kind: 'fenced' };

describe('GD-4 20 s after the last dot was sent', () => {
  test('the turns that somebody else could double are killed, once, and the worker hears of it', async () => {
    const { said, killed, register, dot, release } = aWatch();
    dot();
    register(11);
    register(12, false);
    await vi.advanceTimersByTimeAsync(limits.fenceMs - 1);
    expect(killed).toEqual([]);
    await vi.advanceTimersByTimeAsync(10);
    expect(killed).toEqual([11]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([killed, said.filter(({ kind }) => kind === 'fenced')]).toEqual([[11], [fenced]]);
    expect(release(11)).toEqual({ kind: 'released', groupId: 11, wasKilled: true });
    expect(release(12)).toEqual({ kind: 'released', groupId: 12, wasKilled: false });
  });

  test('GD-3 counted from when the beat was sent, not from its answer', async () => {
    const { killed, register, dot } = aWatch();
    dot(15_000);
    register(11);
    await vi.advanceTimersByTimeAsync(limits.fenceMs - 15_000 + 10);
    expect(killed).toEqual([11]);
  });

  test('one that is registered, or becomes fenced, later is killed at once and answered', async () => {
    const { watch, said, killed, register, dot } = aWatch();
    dot();
    await vi.advanceTimersByTimeAsync(limits.fenceMs + 10);
    register(11);
    register(12, false);
    expect(killed).toEqual([11]);
    expect(said).toEqual([fenced, { kind: 'registered', groupId: 11 }, { kind: 'registered', groupId: 12 }]);
    watch.hear({ kind: 'fence', groupId: 12 });
    watch.hear({ kind: 'fence', groupId: 13 });
    expect(killed).toEqual([11, 12]);
  });

  test('a new dot ends that state, but none that was sent too long ago', async () => {
    const { said, killed, register, dot } = aWatch();
    dot();
    await vi.advanceTimersByTimeAsync(limits.fenceMs + 10);
    dot(limits.fenceMs + 1);
    register(11);
    dot(1_000);
    register(12);
    expect(killed).toEqual([11]);
    await vi.advanceTimersByTimeAsync(limits.fenceMs - 1_000 + 10);
    expect(killed).toEqual([11, 12]);
    expect(said.filter(({ kind }) => kind === 'fenced')).toHaveLength(2);
  });

  test('before the first dot nothing is permitted, and nobody is told of it', async () => {
    const { said, killed, register } = aWatch();
    register(11);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([killed, said]).toEqual([[11], [{ kind: 'registered', groupId: 11 }]]);
  });

  test('an older dot takes nothing back, and one from the future gives nothing', async () => {
    const { killed, register, dot } = aWatch();
    dot(-60_000);
    dot(10_000);
    register(11);
    await vi.advanceTimersByTimeAsync(limits.fenceMs - 1);
    expect(killed).toEqual([]);
    await vi.advanceTimersByTimeAsync(10);
    expect(killed).toEqual([11]);
  });

  test('a guard that was frozen first hears the dots that it has missed', async () => {
    const { killed, register, dot } = aWatch();
    dot();
    register(11);
    vi.setSystemTime(Date.now() + 60_000);
    setTimeout(() => setImmediate(dot), limits.fenceMs); // its timer is due first, then the pipe is read
    await vi.advanceTimersByTimeAsync(limits.fenceMs + 1_000);
    expect(killed).toEqual([]);
  });

  test('what was released is nobody to kill', async () => {
    const { watch, killed, register, dot, release } = aWatch();
    dot();
    register(11);
    release(11);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([killed, watch.groups()]).toEqual([[], []]);
  });
});

describe('GD-7 25 s after the last dot', () => {
  test('the worker is killed while a turn inside it is open, and again until it is dead', async () => {
    const { watch, dot, workerKills } = aWatch();
    dot();
    watch.hear({ kind: 'openInside', turn: 'a' });
    await vi.advanceTimersByTimeAsync(limits.insideMs - 1);
    expect(workerKills()).toBe(0);
    await vi.advanceTimersByTimeAsync(10);
    expect(workerKills()).toBe(1);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(workerKills()).toBe(2);
  });

  test('but not where it was reported gone, or a dot came', async () => {
    const { watch, dot, workerKills } = aWatch();
    dot();
    watch.hear({ kind: 'openInside', turn: 'a' });
    watch.hear({ kind: 'openInside', turn: 'b' });
    await vi.advanceTimersByTimeAsync(limits.insideMs - 100);
    watch.hear({ kind: 'closeInside', turn: 'a' });
    dot();
    await vi.advanceTimersByTimeAsync(limits.insideMs - 100);
    watch.hear({ kind: 'closeInside', turn: 'b' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(workerKills()).toBe(0);
  });
});
