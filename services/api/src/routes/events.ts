import { eventSchema } from '@flotilla/domain';
import { z } from 'zod';
import type { App } from '../app.ts';
import type { FanOut } from '../live/fan-out.ts';
import { toFrame } from '../live/frame.ts';
import { follows, type LiveEvent, type Position, parsePosition } from '../live/position.ts';
import { openSseClient, type SseClient } from '../live/sse-client.ts';
import { Problem, problemReplies } from '../problem.ts';
import { noQuery } from './parameters.ts';

/** A subscription of one's own, for those who missed more than the fan-out remembers. */
export type FollowFrom = (sequence: number, signal: AbortSignal) => AsyncIterable<LiveEvent>;

export const maxListeners = 200;

const headers = z.looseObject({
  'last-event-id': z
    .string()
    .refine((text) => parsePosition(text) !== null, 'it is the id of an event, such as 1-42')
    .optional()
    .meta({ description: 'goes on after this event; `reset` says where events may be missing' }),
});

export function eventRoutes(app: App, fanOut: FanOut, followFrom: FollowFrom): void {
  const clients = new Set<SseClient>();
  app.addHook('preClose', async () => {
    for (const client of clients) client.end();
  });

  const schema = {
    operationId: 'followEvents',
    summary: 'Every committed fact as it happens, as server-sent events: `id: <epoch>-<sequence>`',
    tags: ['events'],
    querystring: noQuery,
    headers,
    response: {
      200: {
        description:
          'the `data` of each event; its name is the `type`. A comment each 15 s keeps the line open',
        content: { 'text/event-stream': { schema: eventSchema } },
      },
      ...problemReplies('invalid_request', 'too_many_listeners'),
    },
  };
  app.get('/events', { schema, exposeHeadRoute: false }, (request, reply) => {
    if (clients.size >= maxListeners) {
      throw new Problem('too_many_listeners', `${maxListeners} clients follow already: try again later`);
    }
    reply.hijack();
    const client = openSseClient(reply.raw);
    clients.add(client);
    client.signal.addEventListener('abort', () => clients.delete(client));
    const lastId = request.headers['last-event-id'];
    const seen = lastId === undefined ? null : parsePosition(lastId);
    follow(client, seen, fanOut, followFrom).catch(() => client.end()); // the client comes back with its last id
  });
}

/** Serves the client from a subscription of its own until the shared one remembers the rest. */
async function follow(
  client: SseClient,
  seen: Position | null,
  fanOut: FanOut,
  followFrom: FollowFrom,
): Promise<void> {
  if (join(client, seen, fanOut) || seen === null) return;
  let last = seen;
  for await (const live of followFrom(seen.sequence + 1, client.signal)) {
    if (!follows(live, last)) client.reset();
    client.send(toFrame(live));
    last = live;
    if (join(client, last, fanOut)) return;
    await client.drained();
  }
}

function join(client: SseClient, seen: Position | null, fanOut: FanOut): boolean {
  const leave = fanOut.join(client, seen);
  if (leave === null) return false;
  client.signal.addEventListener('abort', leave);
  return true;
}
