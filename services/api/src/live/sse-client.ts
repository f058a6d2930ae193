import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Listener } from './fan-out.ts';
import { type Frame, heartbeatFrame, resetFrame } from './frame.ts';

/** A client that lets more than this wait for it is cut off; it may come back with its last id. */
const maxWaitingBytes = 1024 * 1024;
const heartbeatMs = 15_000;

/** One connected client of the event stream. */
export interface SseClient extends Listener {
  /** Aborted as soon as the connection is closed, by whichever side. */
  readonly signal: AbortSignal;
  /** Resolves when the client has taken what was sent. */
  drained(): Promise<void>;
  end(): void;
}

export function openSseClient(response: ServerResponse): SseClient {
  const closed = new AbortController();
  const heartbeat = setInterval(() => write(heartbeatFrame), heartbeatMs).unref();
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
    send: (frame: Frame) => write(frame.text),
    reset: () => write(resetFrame),
    async drained() {
      if (response.writableNeedDrain) await once(response, 'drain', { signal: closed.signal });
    },
    end: () => void response.end(),
  };
}
