import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** A client that lets more than this wait for it is cut off; it may come back with its last id. */
export const maxWaitingBytes = 1024 * 1024;
/** A client that takes nothing for so long, while something waits for it, is cut off. */
export const slowLimitMs = 30_000;
const heartbeatMs = 15_000;

/** Keeps proxies from closing a quiet connection, and shows the server a client that is gone. */
const stillHere = ': still here\n';

/** Server-sent events to one client. */
export interface SseStream {
  /** Aborted as soon as the connection is closed, by whichever side. */
  readonly signal: AbortSignal;
  /** Whole messages, each with its empty line. */
  write(text: string): void;
  /** Resolves when the client has taken what was sent; rejects when it is gone. */
  drained(): Promise<void>;
  end(): void;
}

/** Answers with a stream of events. `reached` adds to each heartbeat the id that the client has come to; null: none. */
/** Whether the client went while it was let in: its response tells so no second time, and would be served for ever. */
export function hasLeft({ destroyed }: ServerResponse): boolean {
  return destroyed;
}

export function openSseStream(
  response: ServerResponse,
  reached: () => string | null = () => null,
): SseStream {
  const closed = new AbortController();
  const heartbeat = setInterval(() => write(`${stillHere}${idLine(reached())}\n`), heartbeatMs).unref();
  response.on('close', () => {
    clearInterval(heartbeat);
    closed.abort();
  });
  response.on('error', () => response.destroy());
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write(': follow\n\n');

  function write(text: string): void {
    if (response.writableEnded || response.destroyed) return;
    response.write(text);
    if (response.writableLength > maxWaitingBytes) response.destroy();
  }

  return {
    signal: closed.signal,
    write,
    async drained() {
      if (!response.writableNeedDrain) return;
      const slow = setTimeout(() => response.destroy(), slowLimitMs);
      await once(response, 'drain', { signal: closed.signal }).finally(() => clearTimeout(slow));
    },
    end: () => void response.end(),
  };
}

/** An id alone is no message: a client only remembers it, and comes back with it. */
export function idLine(id: string | null): string {
  return id === null ? '' : `id: ${id}\n`;
}
