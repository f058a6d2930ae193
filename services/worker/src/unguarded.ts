import { monotonicMs } from '@flotilla/runtime';
import type { Guard } from './guard/guard.ts';

/** A guard without a process, until there is one: it permits starts, and ends nothing. */
export function startUnguarded(): Promise<Guard> {
  let lastDotMs = Number.NEGATIVE_INFINITY;
  const guard: Guard & { readonly gone: AbortSignal } = {
    lifeline: -1,
    register: () => Promise.resolve(),
    fence: () => undefined,
    release: () => Promise.resolve(false),
    dot: (sentAtMs) => {
      lastDotMs = Math.max(lastDotMs, sentAtMs);
    },
    mayStart: () => monotonicMs() - lastDotMs < 15_000,
    onFenced: () => undefined,
    openInside: () => undefined,
    closeInside: () => undefined,
    ended: new Promise<void>(() => undefined),
    gone: new AbortController().signal,
    end: () => Promise.resolve(),
  };
  return Promise.resolve(guard);
}
