import type { Event } from '@flotilla/domain';
import type { ApiClient } from '../client/api-client.ts';
import { followEvents } from '../client/follow-events.ts';
import type { CliContext } from '../context.ts';
import { eventLine } from '../output/event-line.ts';
import { styleOf } from '../output/style.ts';
import type { Report } from './report.ts';

/** Shows events as they happen, until the signal is aborted; the API may go and come back meanwhile. */
export async function showEvents(
  api: ApiClient,
  context: CliContext,
  { say }: Report,
  signal: AbortSignal,
): Promise<void> {
  const colour = styleOf(context).colours.isColorSupported;
  const show = async () => {
    for await (const event of followEvents(api)) {
      if (!isPlan(event)) say(eventLine(event, { colour, utc: false }));
    }
  };
  const stopped = new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  if (!signal.aborted) {
    await Promise.race([show(), stopped]);
  }
}

/** A tick of the next minute was planned: nothing has happened yet, and `flotilla events -f` tells it too. */
function isPlan({ type, data }: Event): boolean {
  return type === 'run.queued' && 'cause' in data && data.cause === 'schedule';
}
