import { connectNats, createPublisher, type EventsOptions, type Publisher } from '@flotilla/events';

interface Opened {
  readonly publisher: Publisher;
  close(): Promise<void>;
  closed(): Promise<unknown>;
}

export interface StreamConnection {
  /** The publisher of the present connection; opens one where there is none. Throws where NATS is away. */
  publisher(): Promise<Publisher>;
  /** Why the last attempt to open a connection failed; null where it did not. */
  problem(): string | null;
  /** The next publisher has another connection. */
  close(): Promise<void>;
}

/** The publisher's own connection. A lost one is never mended but replaced (EV-3). */
export function createStreamConnection(options: EventsOptions): StreamConnection {
  let present: Promise<Opened> | null = null;
  let problem: string | null = null;

  function presentOne(): Promise<Opened> {
    if (present !== null) return present;
    const opening = open(options);
    const forget = () => {
      if (present === opening) present = null;
    };
    opening.then((opened) => opened.closed().then(forget), forget);
    present = opening;
    return opening;
  }

  return {
    async publisher() {
      try {
        const { publisher } = await presentOne();
        problem = null;
        return publisher;
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        throw error;
      }
    },
    problem: () => problem,
    async close() {
      const closing = present;
      present = null;
      const opened = await closing?.catch(() => null);
      await opened?.close();
    },
  };
}

async function open(options: EventsOptions): Promise<Opened> {
  const nats = await connectNats(options);
  try {
    const publisher = await createPublisher(nats);
    return { publisher, close: () => nats.close(), closed: () => nats.closed() };
  } catch (error) {
    await nats.close();
    throw error;
  }
}
