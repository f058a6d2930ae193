import { expect, test } from 'vitest';
import { checkJetStream } from './check-jetstream.ts';

const stream = { inFiles: true, bytes: 2_048, messages: 3 };

test('a stream in files with room is fine, and so is one that is still to be made', () => {
  expect(checkJetStream({ jetStream: { leftBytes: null, stream } })).toMatchObject({
    verdict: 'fine',
    says: 'the stream has 3 events, 2.0 KiB',
  });
  expect(checkJetStream({ jetStream: { leftBytes: null, stream: null } })).toMatchObject({ verdict: 'fine' });
});

test.each([
  ['JetStream is off', null],
  ['the stream is in memory', { leftBytes: null, stream: { ...stream, inFiles: false } }],
  ['there is no room left', { leftBytes: 1_000, stream }],
])('it is wrong that %s', (_, jetStream) => {
  expect(checkJetStream({ jetStream })).toMatchObject({ verdict: 'wrong' });
});
