import { connectNats, createPublisher, type EventsOptions, type Publisher } from '@flotilla/events';

/**
 * The publisher's own connection. It is opened when something is to be sent and none is there; a lost one is never
 * mended but replaced (EV-3).
 */
export function createStreamConnection(options: EventsOptions) {
  type Opened = { publisher: Publisher; close(): Promise<void> };
  let opening: Promise<Opened> | null = null;
  let problem: string | null = null;

  async function open(): Promise<Opened> {
    const nats = await connectNats(options);
    const opened = { publisher: await createPublisher(nats), close: () => nats.close() };
    void nats.closed().then(() => {
      opening = null;
    });
    return opened;
  }

  return {
    async publisher(): Promise<Publisher> {
      opening ??= open();
      try {
        const { publisher } = await opening;
        problem = null;
        return publisher;
      } catch (error) {
        opening = null;
        problem = error instanceof Error ? error.message : String(error);
        throw error;
      }
    },
    problem: () => problem,
    async close(): Promise<void> {
      const opened = await opening?.catch(() => null);
      opening = null;
      await opened?.close();
    },
  };
}
