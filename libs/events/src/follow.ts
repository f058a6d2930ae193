import { type Event, eventSchema } from '@flotilla/domain';
import { DeliverPolicy, type JsMsg, type NatsConnection } from 'nats';
import { epochHeader } from './publish.ts';
import { ensureStream } from './stream.ts';
import { streamName } from './subjects.ts';

/** An event as the stream has it. `<epoch>-<sequence>` names its place (EV-6). */
export interface StreamedEvent {
  readonly epoch: number;
  readonly sequence: number;
  readonly event: Event;
}

export interface Following {
  readonly from: 'new' | number;
  readonly signal: AbortSignal;
  /** Told the stream's last sequence once nothing can be missed any more: below `from`, the stream was rewound. */
  readonly onBegun?: (lastSequence: number) => void;
}

/**
 * Follows the stream from now on, or from a sequence; ends with the connection or the signal. Throws where the stream is
 * deleted meanwhile.
 */
export async function* followEvents(
  nats: NatsConnection,
  { from, signal, onBegun }: Following,
): AsyncGenerator<StreamedEvent> {
  await ensureStream(nats);
  const consumer = await nats.jetstream().consumers.get(streamName, {
    ...(from === 'new' ? { deliver_policy: DeliverPolicy.New } : { opt_start_seq: from }),
  });
  const messages = await consumer.consume({ abort_on_missing_resource: true }); // else it waits for ever
  const stop = () => messages.stop();
  signal.addEventListener('abort', stop);
  void nats.closed().then(stop);
  if (signal.aborted) stop();
  try {
    if (onBegun !== undefined) onBegun((await ensureStream(nats)).state.last_seq);
    for await (const message of messages) {
      const streamed = read(message);
      if (streamed !== undefined) yield streamed;
    }
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

/** Undefined for what a newer release has published and this one does not know, and for what is no event of ours. */
function read(message: JsMsg): StreamedEvent | undefined {
  const parsed = eventSchema.safeParse(parseJson(message.string()));
  if (!parsed.success) return undefined;
  return { epoch: Number(message.headers?.get(epochHeader) ?? 0), sequence: message.seq, event: parsed.data };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
