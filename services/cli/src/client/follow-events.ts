import { type Event, eventSchema } from '@flotilla/domain';
import type { ApiClient } from './api-client.ts';
import { type FollowOptions, followStream } from './follow-stream.ts';

/** What to hear of; the server knows what may stand here. */
export interface EventFilter {
  /** Ids, with commas between them. */
  readonly job?: string | undefined;
  readonly run?: string | undefined;
  /** Types, with commas between them; `run.*` is all of runs. */
  readonly type?: string | undefined;
}

/** Events as they happen, for ever. */
export async function* followEvents(
  client: ApiClient,
  { job, run, type }: EventFilter = {},
  options: FollowOptions = {},
): AsyncGenerator<Event> {
  for await (const { data } of followStream(
    client,
    { path: ['events'], query: { job, run, type } },
    options,
  )) {
    const event = readEvent(data);
    if (event !== null) yield event;
  }
}

/** A newer server may tell facts that this release does not know: they are passed over. */
function readEvent(data: string): Event | null {
  try {
    const parsed = eventSchema.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
