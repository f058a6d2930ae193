import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { changeOf } from '../testing/event-stream.ts';
import { createFanOut, type Listener } from './fan-out.ts';

function frameOf(sequence: number, epoch = 1) {
  return { epoch, sequence, event: changeOf(sequence), text: `${epoch}-${sequence}` };
}

function listen(): Listener & { readonly heard: string[] } {
  const heard: string[] = [];
  return { heard, send: (frame) => heard.push(frame.text), reset: () => heard.push('reset') };
}

test('who joins without a position hears what comes, and nothing after leaving', () => {
  const fanOut = createFanOut();
  fanOut.publish(frameOf(1));
  const listener = listen();
  const leave = fanOut.join(listener, null);
  fanOut.publish(frameOf(2));
  leave?.();
  fanOut.publish(frameOf(3));
  expect(listener.heard).toEqual(['1-2']);
});

test('EV-6 what may be missing is said: a gap, another epoch, an interruption', () => {
  const fanOut = createFanOut();
  const listener = listen();
  fanOut.join(listener, null);
  fanOut.publish(frameOf(7));
  fanOut.publish(frameOf(9));
  fanOut.publish(frameOf(1, 2));
  fanOut.interrupt();
  expect(listener.heard).toEqual(['1-7', 'reset', '1-9', 'reset', '2-1', 'reset']);
});

test('EV-6 the newest event that comes again is told once; another one in its place is a reset', () => {
  const fanOut = createFanOut();
  const listener = listen();
  fanOut.join(listener, null);
  fanOut.publish(frameOf(7));
  fanOut.publish(frameOf(7));
  fanOut.publish({ ...frameOf(7), event: changeOf(99), text: 'another' });
  fanOut.publish(frameOf(8));
  expect(listener.heard).toEqual(['1-7', 'reset', 'another', '1-8']);
});

test('a position that is forgotten, unknown or of another epoch is not joined', () => {
  const fanOut = createFanOut(2);
  expect(fanOut.join(listen(), { epoch: 1, sequence: 1 })).toBeNull();
  for (const sequence of [1, 2, 3, 4]) fanOut.publish(frameOf(sequence));
  expect(fanOut.join(listen(), { epoch: 1, sequence: 1 })).toBeNull();
  expect(fanOut.join(listen(), { epoch: 1, sequence: 5 })).toBeNull();
  expect(fanOut.join(listen(), { epoch: 2, sequence: 3 })).toBeNull();
  expect(fanOut.join(listen(), { epoch: 1, sequence: 2 })).not.toBeNull();
});

test.prop([fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 30 }), fc.nat(30), fc.nat(10)])(
  'EV-6 who joins anew after a remembered event hears each later one once, in order',
  (capacity, published, seen, later) => {
    const fanOut = createFanOut(capacity);
    for (let sequence = 1; sequence <= published; sequence++) fanOut.publish(frameOf(sequence));
    const listener = listen();
    const joined = fanOut.join(listener, { epoch: 1, sequence: seen }) !== null;
    expect(joined).toBe(seen <= published && seen >= published - capacity);
    if (!joined) return;
    for (let sequence = published + 1; sequence <= published + later; sequence++)
      fanOut.publish(frameOf(sequence));
    const expected = Array.from({ length: published + later - seen }, (_, index) => `1-${seen + 1 + index}`);
    expect(listener.heard).toEqual(expected);
  },
);
