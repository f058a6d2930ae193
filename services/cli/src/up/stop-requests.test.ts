import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { listenForStop } from './stop-requests.ts';

function fakeHost() {
  return Object.assign(new EventEmitter(), { stdout: new EventEmitter(), stderr: new EventEmitter() });
}

test('the first Ctrl-C stops, its echo from npm is no second one, a later one stops at once', () => {
  const host = fakeHost();
  let nowMs = 0;
  const { stop, stopNow, exitCode } = listenForStop(host, () => nowMs);
  expect(exitCode()).toBe(0);
  host.emit('SIGINT');
  nowMs = 20;
  host.emit('SIGINT');
  expect([stop.aborted, stopNow.aborted, exitCode()]).toEqual([true, false, 0]);
  nowMs = 2_000;
  host.emit('SIGINT');
  expect(stopNow.aborted).toBe(true);
  expect(exitCode()).toBe(130);
});

test('a reader that goes stops the fleet in good order, however often writing fails', () => {
  const host = fakeHost();
  host.stdout.on('error', () => {
    throw new Error('this command would have ended here');
  });
  let nowMs = 0;
  const { stop, stopNow } = listenForStop(host, () => nowMs);
  host.stdout.emit('error', new Error('EPIPE'));
  nowMs = 2_000;
  host.stdout.emit('error', new Error('EPIPE'));
  expect([stop.aborted, stopNow.aborted]).toEqual([true, false]);
});
