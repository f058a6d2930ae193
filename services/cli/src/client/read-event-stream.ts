/** One message of a `text/event-stream`; one without data only says how far the stream is. */
export interface StreamMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** A server that sends lines for ever without ending a message is broken. */
const maxMessageLength = 1024 * 1024;

/**
 * The messages of a stream, and null for every chunk that ended none (a comment that keeps the line open), so that
 * readers can tell silence from nothing new.
 */
export async function* readEventStream(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<StreamMessage | null> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    // A lone CR at the end may be the first half of CRLF.
    const parts = rest.split(/\r\n\r\n|\n\n|\r\r(?!$)/);
    rest = parts.pop() ?? '';
    if (rest.length > maxMessageLength) throw new Error('an event without an end');
    const messages = parts.map(parseMessage).filter((message) => message !== null);
    if (messages.length === 0) yield null;
    else yield* messages;
  }
}

function parseMessage(block: string): StreamMessage | null {
  const message = { id: '', event: 'message', data: '' };
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, field, value = ''] = /^([^:]+)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'id') message.id = value;
    if (field === 'event') message.event = value;
    if (field === 'data') data.push(value);
  }
  return data.length === 0 && message.id === '' ? null : { ...message, data: data.join('\n') };
}
