import { expect, test } from 'vitest';
import { ensureStream } from './stream.ts';
import { streamName } from './subjects.ts';
import { openTestNats } from './test-events.ts';

test('those who make the stream at once make one, and whoever comes later changes nothing', async () => {
  const all = await Promise.all(Array.from({ length: 4 }, () => openTestNats()));
  await Promise.all(all.map(ensureStream));
  const [nats] = all;
  const manager = await nats?.jetstreamManager();
  const made = await manager?.streams.info(streamName);
  await Promise.all(all.map(ensureStream));
  expect((await manager?.streams.info(streamName))?.created).toBe(made?.created);
  expect(made?.config).toMatchObject({
    subjects: ['flotilla.events.>'],
    storage: 'file',
    duplicate_window: 120e9,
  });
});
