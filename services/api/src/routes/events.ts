import { eventSchema } from '@flotilla/domain';
import { z } from 'zod';
import type { App } from '../app.ts';
import { type EventClient, openEventClient } from '../live/event-client.ts';
import type { FanOut } from '../live/fan-out.ts';
import { toFrame } from '../live/frame.ts';
import { follows, type LiveEvent, type Position, parsePosition } from '../live/position.ts';
import { hasLeft } from '../live/sse-stream.ts';
import { Problem, problemReplies } from '../problem.ts';
import { eventQuery, type KnownTopics, refuseUnknown, toEventFilter } from './event-query.ts';

/** A subscription of one's own, for those who missed more than the fan-out remembers. */
export type FollowFrom = (sequence: number, signal: AbortSignal) => AsyncIterable<LiveEvent>;

/** The events as they come, for these routes. */
export interface LiveEvents {
  readonly fanOut: FanOut;
  readonly follow: FollowFrom;
}

export const maxListeners = 200;

const headers = z.looseObject({
  'last-event-id': z
    .string()
    .refine((text) => parsePosition(text) !== null, 'it is the id of an event, such as 1-42')
    .optional()
    .meta({ description: 'goes on after this event; `reset` says where events may be missing' }),
});

export function eventRoutes(app: App, live: LiveEvents, known: KnownTopics): void {
  const clients = new Set<EventClient>();
  app.addHook('preClose', async () => {
    for (const client of clients) client.end();
  });

  const schema = {
    operationId: 'followEvents',
    summary: 'Every committed fact as it happens, as server-sent events: `id: <epoch>-<sequence>`',
    tags: ['events'],
    querystring: eventQuery,
    headers,
    response: {
      200: {
        description:
          'the `data` of each event; its name is the `type`. A comment each 15 s keeps the line open; with a filter, an id beside it tells how far the events that were left out reach',
        content: { 'text/event-stream': { schema: eventSchema } },
      },
      ...problemReplies('invalid_request', 'too_many_listeners'),
    },
  };
  app.get('/events', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const lastId = request.headers['last-event-id'];
    const seen = lastId === undefined ? null : parsePosition(lastId);
    const filter = toEventFilter(request.query);
    // Who comes back was let in before: what its filter names may be deleted since, and it hears of that.
    if (seen === null) await refuseUnknown(filter, known);
    if (hasLeft(reply.raw)) return reply.hijack();
    if (clients.size >= maxListeners) {
      throw new Problem('too_many_listeners', `${maxListeners} clients follow already: try again later`);
    }
    reply.hijack();
    const client = openEventClient(reply.raw, filter);
    clients.add(client);
    client.signal.addEventListener('abort', () => clients.delete(client));
    serve(client, seen, live).catch(() => client.end()); // the client comes back with its last id
  });
}

/** Serves the client from a subscription of its own until the shared one remembers the rest. */
async function serve(
  client: EventClient,
  seen: Position | null,
  { fanOut, follow }: LiveEvents,
): Promise<void> {
  if (seen === null && fanOut.last !== null) client.beginBehind(fanOut.last);
  if (join(client, seen, fanOut) || seen === null) return;
  let last = seen;
  for await (const live of follow(seen.sequence + 1, client.signal)) {
    if (!follows(live, last)) client.reset();
    client.send(toFrame(live));
    last = live;
    if (join(client, last, fanOut)) return;
    await client.drained();
  }
}

function join(client: EventClient, seen: Position | null, fanOut: FanOut): boolean {
  const leave = fanOut.join(client, seen);
  if (leave === null) return false;
  client.signal.addEventListener('abort', leave);
  return true;
}
