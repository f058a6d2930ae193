import type { Event } from '@flotilla/domain';
import { ErrorCode, headers, type NatsConnection, type NatsError } from 'nats';
import { ensureStream } from './stream.ts';
import { eventSubject } from './subjects.ts';

/** An event's acknowledgement is waited for so long. */
const acknowledgeMs = 5_000;
/** Carries the stream's epoch, so that readers can tell one life of the stream from another (EV-6). */
export const epochHeader = 'Flotilla-Epoch';

/** The stream refuses this event for what it is: sending it again cannot help (EV-5). */
export class EventRefused extends Error {
  override readonly name = 'EventRefused';
}

export interface Publisher {
  /** Returns the stream's sequence of the event. EV-2: `Nats-Msg-Id` is `<event id>.<stream epoch>`. */
  publish(event: Event, jobId: string, epoch: number): Promise<number>;
}

/** A publisher on one connection; it ends with it. */
export async function createPublisher(nats: NatsConnection): Promise<Publisher> {
  await ensureStream(nats);
  const stream = nats.jetstream({ timeout: acknowledgeMs });
  return {
    async publish(event, jobId, epoch) {
      const fields = headers();
      fields.set(epochHeader, String(epoch));
      const options = { msgID: `${event.id}.${epoch}`, headers: fields };
      try {
        const { seq } = await stream.publish(eventSubject(event.type, jobId), JSON.stringify(event), options);
        return seq;
      } catch (error) {
        if (!isTooLarge(error)) throw error;
        throw new EventRefused(`${event.id} is larger than NATS takes`, { cause: error });
      }
    },
  };
}

/** Of the client, for the server's `max_payload`; and of a stream, for the `max_msg_size` that somebody gave it. */
function isTooLarge(error: unknown): boolean {
  const { code, api_error: refusal } = error as NatsError;
  return code === ErrorCode.MaxPayloadExceeded || refusal?.err_code === messageTooLarge;
}

const messageTooLarge = 10_054;
