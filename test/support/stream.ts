import type { Event } from '@flotilla/domain';
import { connectNats, followEvents } from '@flotilla/events';

/** How long the stream may say nothing before what is wanted of it counts as missing. */
const silenceMs = 20_000;

/** Reads the stream of events from its first on, until `isEnough` of those read so far, or it falls silent. */
export async function readStream(
  natsUrl: string,
  isEnough: (events: readonly Event[]) => boolean,
): Promise<Event[]> {
  const nats = await connectNats({ url: natsUrl, name: 'flotilla test' });
  const silent = new AbortController();
  const fallSilent = () => setTimeout(() => silent.abort(), silenceMs);
  const events: Event[] = [];
  let timer = fallSilent();
  try {
    for await (const { event } of followEvents(nats, { from: 1, signal: silent.signal })) {
      events.push(event);
      if (isEnough(events)) break;
      clearTimeout(timer);
      timer = fallSilent();
    }
    return events;
  } finally {
    clearTimeout(timer);
    await nats.close();
  }
}
