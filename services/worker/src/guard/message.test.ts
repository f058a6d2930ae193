import { expect, test } from 'vitest';
import { asLine, parseFromGuard, parseToGuard, type ToGuard } from './message.ts';

const messages: readonly ToGuard[] = [
  {
    kind: 'start',
    workerId: 'w',
    workerPid: 7,
    workerStart: null,
    databaseUrl: 'postgres://u:secret@h/d',
    fenceMs: 1,
    insideMs: 2,
  },
  { kind: 'register', groupId: 7, start: '42', isFenced: true },
  { kind: 'fence', groupId: 7 },
  { kind: 'release', groupId: 7 },
  { kind: 'dot', beatSentAtMs: 1.5 },
  { kind: 'openInside', turn: 'r' },
  { kind: 'closeInside', turn: 'r' },
  { kind: 'bye' },
];

test.each(messages)('$kind is read as it was said', (message) => {
  expect(parseToGuard(asLine(message).trimEnd())).toEqual(message);
});

test.each([
  ['no JSON', '{"kind":"bye"'],
  ['no object', '"bye"'],
  ['nothing', 'null'],
  ['no kind', '{}'],
  ['an unknown kind', '{"kind":"kill"}'],
  ['a kind of every object', '{"kind":"toString"}'],
  ['a field too many', '{"kind":"bye","now":true}'],
  ['a field too few', '{"kind":"register","groupId":7,"isFenced":true}'],
  ['our own group', '{"kind":"fence","groupId":0}'],
  ['everybody', '{"kind":"fence","groupId":1}'],
  ['no whole number', '{"kind":"release","groupId":7.5}'],
  ['a time that is none', '{"kind":"dot","beatSentAtMs":null}'],
  ['what only a guard says', '{"kind":"fenced"}'],
])('%s is refused', (_, line) => {
  expect(() => parseToGuard(line)).toThrow(/between worker and guard/);
});

test('a refusal repeats nothing of the line, which may hold a password', () => {
  const refusal = () => parseToGuard('{"kind":"start","databaseUrl":"postgres://u:secret@h/d"}');
  expect(refusal).toThrow(/wrong fields/);
  expect(refusal).not.toThrow(/secret/);
  expect(() => parseFromGuard('{"kind":"secret"}')).not.toThrow(/secret/);
});
