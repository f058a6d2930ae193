import { fc, test as property } from '@fast-check/vitest';
import { expect } from 'vitest';
import { readEventStream, type StreamMessage } from './read-event-stream.ts';

const text = [
  ': still here\n\n',
  ': still here\nid: 1-6\n\n',
  'id: 1-7\nevent: run.queued\ndata: {"a":\ndata: "ü"}\n\n',
  'data: second\r\n\r\n',
  'retry: 100\n\n',
  'event: reset\ndata:third\n\n',
  'data: never ended',
].join('');

const messages: StreamMessage[] = [
  { id: '1-6', event: 'message', data: '' },
  { id: '1-7', event: 'run.queued', data: '{"a":\n"ü"}' },
  { id: '', event: 'message', data: 'second' },
  { id: '', event: 'reset', data: 'third' },
];

property.prop([fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 })])(
  'messages are the same however the bytes are cut',
  async (sizes) => {
    const read: StreamMessage[] = [];
    for await (const message of readEventStream(pieces(Buffer.from(text), sizes))) {
      if (message !== null) read.push(message);
    }
    expect(read).toEqual(messages);
  },
);

async function* pieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let start = 0, n = 0; start < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    yield await Promise.resolve(bytes.subarray(start, start + size));
    start += size;
  }
}
