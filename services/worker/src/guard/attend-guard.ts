import type { ChildProcess } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { closeSync } from 'node:fs';
import { type LivenessLimits, liveness } from '@flotilla/domain';
import { monotonicMs, withTimeLimit } from '@flotilla/runtime';
import { childStart } from '../turns/process-table.ts';
import { createAnswers } from './answers.ts';
import type { Guard } from './guard.ts';
import { asLine, type FromGuard, parseFromGuard, type ToGuard } from './message.ts';
import { readLines } from './read-lines.ts';

export interface AttendOptions {
  readonly limits?: LivenessLimits;
  /** A guard that has not answered for so long is frozen, and is ended: 10 s. */
  readonly answerMs?: number;
}

export type GuardProcess = ChildProcess & Required<Pick<ChildProcess, 'pid'>>;

const defaultAnswerMs = 10_000;
/** A guard that was told to end and has not is killed. */
const endLimitMs = 2_000;

export function tell(child: ChildProcess, message: ToGuard): void {
  child.stdin?.write(asLine(message));
}

/** The worker's side of a guard that was started. `isReady` rejects where it has ended before it answered. */
export function attendGuard(child: GuardProcess, lifeline: number, options: AttendOptions) {
  const { limits = liveness, answerMs = defaultAnswerMs } = options;
  const kill = () => void child.kill('SIGKILL');
  const registered = createAnswers<void>(answerMs, kill);
  const released = createAnswers<boolean>(answerMs, kill);
  const gone = new AbortController();
  setMaxListeners(0, gone.signal); // each turn listens
  const fencedListeners: (() => void)[] = [];
  let lastDotMs = Number.NEGATIVE_INFINITY;
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve, reject) => {
    ready = resolve;
    gone.signal.addEventListener('abort', () => reject(new Error('it has ended')));
  });
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      closeSync(lifeline);
      gone.abort();
      registered.close();
      released.close();
      resolve();
    });
  });

  function hear(message: FromGuard): void {
    if (message.kind === 'ready') ready();
    else if (message.kind === 'registered') registered.give(message.groupId);
    else if (message.kind === 'released') released.give(message.groupId, message.wasKilled);
    else for (const listener of fencedListeners) listener();
  }

  child.stdin?.on('error', () => undefined); // it has ended, which its exit tells
  if (child.stdout !== null) {
    readLines(child.stdout, { onLine: (line) => hear(parseFromGuard(line)), onError: kill });
  }

  const guard: Guard = {
    lifeline,
    ended,
    gone: gone.signal,
    async register({ groupId, isFenced }) {
      if (gone.signal.aborted) throw new Error('the guard has ended');
      tell(child, { kind: 'register', groupId, start: childStart(groupId), isFenced });
      await registered.expect(groupId);
    },
    fence: (groupId) => tell(child, { kind: 'fence', groupId }),
    async release(groupId) {
      if (gone.signal.aborted) return true;
      tell(child, { kind: 'release', groupId });
      return released.expect(groupId).catch(() => true);
    },
    dot(beatSentAtMs) {
      lastDotMs = Math.max(lastDotMs, beatSentAtMs);
      tell(child, { kind: 'dot', beatSentAtMs });
    },
    mayStart: () => !gone.signal.aborted && monotonicMs() - lastDotMs < limits.permissionMs,
    onFenced: (listener) => void fencedListeners.push(listener),
    openInside: (turn) => tell(child, { kind: 'openInside', turn }),
    closeInside: (turn) => tell(child, { kind: 'closeInside', turn }),
    async end() {
      tell(child, { kind: 'bye' });
      await withTimeLimit(endLimitMs, ended).catch(kill);
      await ended;
    },
  };
  return { guard, isReady };
}
