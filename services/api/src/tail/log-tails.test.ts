import { tailEveryMs } from '@flotilla/events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLogTails } from './log-tails.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
afterEach(() => void vi.useRealTimers());

function aListener() {
  const heard: string[] = [];
  return {
    heard,
    piece: ({ seq }: { readonly seq: number }) => heard.push(`piece ${seq}`),
    lineChanged: () => heard.push('line'),
  };
}

const aPiece = (runId: string, seq: number) => ({
  runId,
  attempt: 1,
  stream: 'stdout' as const,
  seq,
  bytes: Buffer.from('x'),
});

test('workers are told who is followed: at once, every few seconds, when NATS is back; then no more', () => {
  const announced: string[] = [];
  const tails = createLogTails((runId) => announced.push(runId));
  const leaveOne = tails.join('one', aListener());
  const leaveTwo = tails.join('two', aListener());
  expect(announced.splice(0)).toEqual(['one', 'two']);
  vi.advanceTimersByTime(tailEveryMs);
  expect(announced.splice(0)).toEqual(['one', 'two']);
  leaveOne();
  tails.setLive(true);
  expect(announced.splice(0)).toEqual(['two']);
  leaveTwo();
  vi.advanceTimersByTime(10 * tailEveryMs);
  expect([announced, vi.getTimerCount()]).toEqual([[], 0]);
});

test('pieces go to all who follow their run, and all hear of the line, once for each change', () => {
  const tails = createLogTails(() => undefined);
  const [first, second, other] = [aListener(), aListener(), aListener()];
  const leaveFirst = tails.join('run', first);
  tails.join('run', second);
  tails.join('other', other);
  tails.setLive(true);
  tails.setLive(true);
  tails.publish(aPiece('run', 1));
  leaveFirst();
  tails.publish(aPiece('run', 2));
  tails.publish(aPiece('nobody', 3));
  tails.setLive(false);
  expect([first.heard, second.heard, other.heard]).toEqual([
    ['line', 'piece 1'],
    ['line', 'piece 1', 'piece 2', 'line'],
    ['line', 'line'],
  ]);
});
