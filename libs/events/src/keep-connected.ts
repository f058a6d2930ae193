import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from 'nats';
import { connectNats, type EventsOptions } from './connect.ts';

const firstDelayMs = 250;
const maxDelayMs = 10_000;

export interface KeptConnection {
  /** The present connection; null while NATS is away. */
  current(): NatsConnection | null;
  /** One line where NATS is away; null while it is there. */
  problem(): string | null;
  stop(): Promise<void>;
}

/**
 * Holds a connection for what works without NATS too, such as hints: opens another when it is lost, with back-off.
 * `onConnected` is called for each new one.
 */
export function keepConnected(
  options: EventsOptions,
  onConnected: (nats: NatsConnection) => void | Promise<void>,
): KeptConnection {
  const stopping = new AbortController();
  let nats: NatsConnection | null = null;
  let problem: string | null = 'NATS is not connected yet';

  async function connectOnce(): Promise<void> {
    const opened = await connectNats(options);
    const close = () => void opened.close();
    stopping.signal.addEventListener('abort', close);
    if (stopping.signal.aborted) close();
    try {
      nats = opened;
      problem = null;
      await onConnected(opened);
      await opened.closed();
      problem = 'NATS has closed the connection';
    } finally {
      nats = null;
      stopping.signal.removeEventListener('abort', close);
      await opened.close();
    }
  }

  async function hold(): Promise<void> {
    let delayMs = firstDelayMs;
    while (!stopping.signal.aborted) {
      try {
        await connectOnce();
        delayMs = firstDelayMs;
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      await sleep(delayMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      delayMs = Math.min(delayMs * 2, maxDelayMs);
    }
  }

  const holding = hold();
  return {
    current: () => nats,
    problem: () => problem,
    async stop() {
      stopping.abort();
      await holding;
    },
  };
}
