import { setTimeout as sleep } from 'node:timers/promises';
import { connect, DeliverPolicy, type JetStreamManager, type NatsConnection } from 'nats';

/** An event as it came over the stream. */
export interface SeenEvent {
  /** `<entity uuid>.<entity version>`. */
  readonly id: string;
  readonly type: string;
  readonly at: number;
}

/** Notes every message of the stream, through all lives of the server, and without a word of the product's own reading. */
export interface Subscriber {
  seen(): readonly SeenEvent[];
  /** It has read the stream's last message. */
  isAtEnd(): Promise<boolean>;
  stop(): Promise<void>;
}

export const streamName = 'FLOTILLA_EVENTS';
const batchSize = 500;
const pauseMs = 100;

interface Place {
  readonly sequence: number;
  readonly messageId: string;
}

/** Follows the stream at `url` (`nats://<token>@host:port`), on a line that nobody breaks. */
export function subscribe(url: string): Subscriber {
  const seen: SeenEvent[] = [];
  const stopping = new AbortController();
  let place: Place | null = null;
  let connection: NatsConnection | undefined;
  const reading = read();

  async function read(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        connection = await openNats(url);
        await follow(connection);
      } catch {
        await sleep(pauseMs); // the server is away, or has no stream yet
      } finally {
        await connection?.close().catch(() => undefined);
      }
    }
  }

  async function follow(nats: NatsConnection): Promise<void> {
    const manager = await nats.jetstreamManager();
    // A stream that lost its end, or all of it, gives old sequences to new messages: it is read from its start.
    const from = place !== null && (await isIntact(manager, place)) ? place.sequence + 1 : 1;
    const consumer = await nats
      .jetstream()
      .consumers.get(streamName, { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: from });
    while (!stopping.signal.aborted && !nats.isClosed()) {
      for await (const message of await consumer.fetch({ max_messages: batchSize, expires: 1_000 })) {
        const { id, type } = message.json<{ id: string; type: string }>();
        seen.push({ id, type, at: Date.now() });
        place = { sequence: message.seq, messageId: message.headers?.get('Nats-Msg-Id') ?? '' };
      }
      if (place !== null && !(await isIntact(manager, place))) return;
    }
  }

  return {
    seen: () => seen,
    async isAtEnd() {
      const nats = await openNats(url);
      try {
        const { state } = await (await nats.jetstreamManager()).streams.info(streamName);
        return place !== null && place.sequence === state.last_seq;
      } finally {
        await nats.close();
      }
    },
    async stop() {
      stopping.abort();
      await connection?.close().catch(() => undefined);
      await reading;
    },
  };
}

/** On a line that nobody breaks; it ends with the server. */
export async function openNats(url: string): Promise<NatsConnection> {
  const { host, username } = new URL(url);
  return connect({ servers: host, token: username, reconnect: false, timeout: 5_000 });
}

async function isIntact(manager: JetStreamManager, { sequence, messageId }: Place): Promise<boolean> {
  const message = await manager.streams.getMessage(streamName, { seq: sequence });
  return message.header.get('Nats-Msg-Id') === messageId;
}
