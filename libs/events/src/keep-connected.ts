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

  const holding = (async () => {
    let delayMs = firstDelayMs;
    while (!stopping.signal.aborted) {
      try {
        nats = await connectNats(options);
        problem = null;
        delayMs = firstDelayMs;
        await onConnected(nats);
        await nats.closed();
        problem = 'NATS has closed the connection';
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
      }
      nats = null;
      await pause(delayMs, stopping.signal);
      delayMs = Math.min(delayMs * 2, maxDelayMs);
    }
  })();

  return {
    current: () => nats,
    problem: () => problem,
    async stop() {
      stopping.abort();
      await nats?.close();
      await holding;
    },
  };
}

function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, delayMs);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
