import { DeliverPolicy } from 'nats';
import { openNats, type SeenEvent, streamName } from './subscriber.ts';

const batchSize = 500;

/** All that the stream has now, in its order: what a subscriber reads who comes when all is over. */
export async function readStream(url: string): Promise<SeenEvent[]> {
  const nats = await openNats(url);
  try {
    const { state } = await (await nats.jetstreamManager()).streams.info(streamName);
    const consumer = await nats
      .jetstream()
      .consumers.get(streamName, { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: 1 });
    const events: SeenEvent[] = [];
    for (
      let sequence = state.first_seq - 1, before = -1;
      sequence < state.last_seq && sequence !== before;
    ) {
      before = sequence;
      for await (const message of await consumer.fetch({ max_messages: batchSize, expires: 2_000 })) {
        const { id, type } = message.json<{ id: string; type: string }>();
        events.push({ id, type, at: Date.now() });
        sequence = message.seq;
        if (sequence === state.last_seq) break;
      }
    }
    return events;
  } finally {
    await nats.close();
  }
}
