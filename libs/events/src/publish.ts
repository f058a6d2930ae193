import type { Event } from '@flotilla/domain';
import { ErrorCode, headers, type JetStreamManager, type NatsConnection, type NatsError } from 'nats';
import { createAcknowledged, NotTaken } from './acknowledged.ts';
import { ensureStream, findStream } from './stream.ts';
import { eventSubject, streamName } from './subjects.ts';

/** An event's acknowledgement is waited for so long. */
const acknowledgeMs = 5_000;
/** Carries the stream's epoch, so that readers can tell one life of the stream from another (EV-6). */
export const epochHeader = 'Flotilla-Epoch';

/** The stream refuses this event for what it is: sending it again cannot help (EV-5). */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';
}

/** EV-3: on a running server somebody has deleted the stream: what it had is to be published again. */
export class StreamReplaced extends Error {
  override readonly name = 'StreamReplaced';
}

export interface Publisher {
  /** Returns the stream's sequence of the event. EV-2: `Nats-Msg-Id` is `<event id>.<stream epoch>`. */
  publish(event: Event, jobId: string | null, epoch: number): Promise<number>;
  /** EV-3: whether the stream has an event, sent in that epoch, at that sequence. */
  has(place: { eventId: string; epoch: number; sequence: number }): Promise<boolean>;
  /** Throws StreamReplaced where it is not the stream any more that this publisher began with. */
  look(): Promise<StreamLook>;
  /** False once the connection is lost. */
  isOpen(): boolean;
}

export interface StreamLook {
  /** What lies below it is kept no more. */
  readonly firstSequence: number;
  /** How long the stream keeps an event; null where it has no such limit. */
  readonly maxAgeMs: number | null;
}

/** A publisher on one connection; it ends with it. Makes the stream where there is none. */
export async function createPublisher(nats: NatsConnection): Promise<Publisher> {
  const { created } = await ensureStream(nats);
  const manager = await nats.jetstreamManager();
  const publish = createAcknowledged(nats, acknowledgeMs);
  return {
    isOpen: () => !nats.isClosed(),
    async look() {
      const found = await findStream(manager);
      if (found?.created !== created) {
        throw new StreamReplaced('the stream of events was deleted on a running NATS server');
      }
      const { config, state } = found;
      const maxAgeMs = config.max_age === 0 ? null : config.max_age / 1_000_000;
      return { firstSequence: state.first_seq, maxAgeMs };
    },
    async has({ eventId, epoch, sequence }) {
      return (await readMessageId(manager, sequence)) === messageId(eventId, epoch);
    },
    async publish(event, jobId, epoch) {
      const fields = headers();
      fields.set(epochHeader, String(epoch));
      fields.set('Nats-Msg-Id', messageId(event.id, epoch));
      try {
        return await publish(eventSubject(event.type, jobId), JSON.stringify(event), fields);
      } catch (error) {
        if (!isTooLarge(error)) throw error;
        throw new EventRefused(`${event.id} is larger than NATS takes`, { cause: error });
      }
    },
  };
}

/** EV-2: in another life of the stream the same event is another message. */
function messageId(eventId: string, epoch: number): string {
  return `${eventId}.${epoch}`;
}

/** Null where the stream has no message at the sequence. */
async function readMessageId(manager: JetStreamManager, sequence: number): Promise<string | null> {
  try {
    const message = await manager.streams.getMessage(streamName, { seq: sequence });
    return message.header.get('Nats-Msg-Id');
  } catch (error) {
    if ((error as NatsError).api_error?.err_code === noMessage) return null;
    throw error;
  }
}

const noMessage = 10_037;

/** Of the client, for the server's `max_payload`; and of a stream, for the `max_msg_size` that somebody gave it. */
function isTooLarge(error: unknown): boolean {
  if (error instanceof NotTaken) return error.code === messageTooLarge;
  return (error as NatsError).code === ErrorCode.MaxPayloadExceeded;
}

const messageTooLarge = 10_054;
