import { setTimeout as sleep } from 'node:timers/promises';
import { type Event, eventSchema } from '@flotilla/domain';
import { CommandError } from '../command-error.ts';
import type { ApiClient } from './api-client.ts';
import { readEventStream } from './read-event-stream.ts';
import { untilSilent } from './until-silent.ts';

/** The server writes a comment each 15 s: after four of them in silence the connection is dead. */
const defaultSilenceMs = 60_000;

export interface FollowOptions {
  /** Called once for each break, with what happened. */
  readonly onBreak?: (error: unknown) => void;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  readonly silenceMs?: number;
}

/**
 * Events as they happen, for ever: a connection that breaks is taken up where it ended. Only the first connection may
 * fail: then nothing was ever there. A `reset` (the server no longer knows our place) goes on from now.
 */
export async function* followEvents(client: ApiClient, options: FollowOptions = {}): AsyncGenerator<Event> {
  const { onBreak, firstPauseMs = 250, longestPauseMs = 10_000, silenceMs = defaultSilenceMs } = options;
  let lastId = '';
  let pauseMs = firstPauseMs;
  let stream = await openStream(client, lastId);
  for (;;) {
    try {
      for await (const message of readEventStream(untilSilent(stream, silenceMs))) {
        pauseMs = firstPauseMs;
        if (message === null) continue;
        if (message.id !== '') lastId = message.id;
        if (message.event === 'reset') lastId = '';
        const event = readEvent(message.data);
        if (event !== null) yield event;
      }
      throw new Error('the server ended the stream');
    } catch (error) {
      onBreak?.(error);
    }
    stream = await reopenStream();
  }

  async function reopenStream(): Promise<ReadableStream<Uint8Array>> {
    for (;;) {
      await sleep(pauseMs);
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      try {
        return await openStream(client, lastId);
      } catch (error) {
        const isAway = error instanceof CommandError && error.reason === 'unreachable';
        if (!isAway) throw error;
      }
    }
  }
}

async function openStream(client: ApiClient, lastId: string): Promise<ReadableStream<Uint8Array>> {
  const resume = lastId === '' ? {} : { 'last-event-id': lastId };
  const { body } = await client.open('GET', ['events'], {
    headers: { accept: 'text/event-stream', ...resume },
  });
  if (body === null) throw new CommandError('failed', 'the server sent an empty answer instead of events');
  return body;
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
