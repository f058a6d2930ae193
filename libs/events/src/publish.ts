import type { Event } from '@flotilla/domain';
import { headers, type JetStreamClient, type NatsConnection } from 'nats';
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
  const stream: JetStreamClient = nats.jetstream({ timeout: acknowledgeMs });
  const maxBytes = nats.info?.max_payload ?? Number.POSITIVE_INFINITY;
  return {
    async publish(event, jobId, epoch) {
      const payload = JSON.stringify(event);
      if (Buffer.byteLength(payload) > maxBytes) {
        throw new EventRefused(`${event.id} is larger than the ${maxBytes} bytes that NATS takes`);
      }
      const fields = headers();
      fields.set(epochHeader, String(epoch));
      const { seq } = await stream.publish(eventSubject(event.type, jobId), payload, {
        msgID: `${event.id}.${epoch}`,
        headers: fields,
      });
      return seq;
    },
  };
}
