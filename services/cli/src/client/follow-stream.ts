import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError } from '../command-error.ts';
import type { ApiClient } from './api-client.ts';
import type { Query } from './api-path.ts';
import { readEventStream, type StreamMessage } from './read-event-stream.ts';
import { untilSilent } from './until-silent.ts';

/** The server writes a comment each 15 s: after four of them in silence the connection is dead. */
const defaultSilenceMs = 60_000;

export interface FollowOptions {
  /** Called once for each break, with what happened. */
  readonly onBreak?: (error: unknown) => void;
  /** Called for each connection that takes up nothing: the first, and those after which something may be missing. */
  readonly onFresh?: () => Promise<void>;
  readonly signal?: AbortSignal;
  readonly firstPauseMs?: number;
  readonly longestPauseMs?: number;
  readonly silenceMs?: number;
}

/** A stream of the API. */
export interface StreamAddress {
  readonly path: readonly string[];
  readonly query: Query;
}

/**
 * What the server tells, for ever: a connection that breaks is taken up where it ended. Only the first connection may
 * fail: then nothing was ever there. After a `reset` the server does not know our place any more, and goes on from now.
 */
export async function* followStream(
  client: ApiClient,
  address: StreamAddress,
  options: FollowOptions = {},
): AsyncGenerator<StreamMessage> {
  const { onBreak, onFresh, signal, silenceMs = defaultSilenceMs } = options;
  const { firstPauseMs = 250, longestPauseMs = 10_000 } = options;
  let lastId = '';
  let pauseMs = firstPauseMs;
  let stream = await open();
  for (;;) {
    try {
      if (lastId === '') await onFresh?.();
      for await (const message of readEventStream(untilSilent(stream, silenceMs))) {
        pauseMs = firstPauseMs;
        if (message === null) continue;
        if (message.id !== '') lastId = message.id;
        if (message.event === 'reset') {
          lastId = '';
          await onFresh?.();
        } else if (message.data !== '') yield message;
      }
      throw new Error('the server ended the stream');
    } catch (error) {
      if (signal?.aborted === true) return;
      onBreak?.(error);
    }
    stream = await reopen();
  }

  async function reopen(): Promise<ReadableStream<Uint8Array>> {
    for (;;) {
      await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
      pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      try {
        return await open();
      } catch (error) {
        const isAway = error instanceof CommandError && error.reason === 'unreachable';
        if (!isAway) throw error;
      }
    }
  }

  async function open(): Promise<ReadableStream<Uint8Array>> {
    const resume = lastId === '' ? {} : { 'last-event-id': lastId };
    const { body } = await client.open('GET', address.path, {
      query: address.query,
      headers: { accept: 'text/event-stream', ...resume },
      ...(signal === undefined ? {} : { signal }),
    });
    if (body === null)
      throw new CommandError('failed', 'the server sent an empty answer instead of a stream');
    return body;
  }
}
