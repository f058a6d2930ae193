import { Redis, type RedisOptions } from 'ioredis';

/** Redis cannot be used: its message is one line for whoever runs the service. */
export class QueueUnavailable extends Error {
  override readonly name = 'QueueUnavailable';
}

/** After this a command counts as unanswered. */
const commandMs = 5_000;
const connectMs = 5_000;
/** At the start: a server that takes connections and says nothing would be waited for for ever. */
const answerMs = 5_000;

/**
 * `asking`: a command fails when it is not answered, and at once while there is no connection; its caller has a back-off.
 * `blocking`: waits for jobs as long as it takes, as BullMQ's workers demand.
 */
export type ConnectionKind = 'asking' | 'blocking';

/** The copy of a blocking connection on which BullMQ waits for up to 10 s is silent for as long. */
const blockingMs = 12_000;

/** BullMQ reads replies in the client's default shapes. */
type Options = Omit<RedisOptions, 'replyMapping'>;

const optionsOf: Record<ConnectionKind, Options> = {
  asking: {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    commandTimeout: commandMs,
    socketTimeout: commandMs,
  },
  blocking: { maxRetriesPerRequest: null, socketTimeout: blockingMs },
};

/**
 * TX-5: a connection on which something stays unanswered is replaced. What waits on it is asked again by the client.
 * BullMQ blocks on a copy that `copying` makes of it, which may be silent for longer.
 */
export function expectAnswers<Copier>(redis: Redis, copying: () => Copier): Copier {
  redis.options.socketTimeout = blockingMs;
  try {
    return copying();
  } finally {
    redis.options.socketTimeout = commandMs;
  }
}

/** A server that became a replica while we were connected: its address may lead to another one by now. */
const isReplica = ({ message }: Error): boolean => message.startsWith('READONLY');

export function connectionOptions(kind: ConnectionKind): Options {
  return { ...optionsOf[kind], connectTimeout: connectMs, reconnectOnError: isReplica };
}

/** Opens a connection and waits until Redis has answered. Throws QueueUnavailable. */
export async function connectRedis(
  url: string,
  kind: ConnectionKind,
  onError: (error: Error) => void,
): Promise<Redis> {
  const redis = new Redis(url, { ...connectionOptions(kind), lazyConnect: true });
  let reported: Error | undefined; // the client rejects with "Connection is closed.", and says why only here
  redis.on('error', (error) => {
    reported = error;
    onError(error);
  });
  const silent = setTimeout(() => {
    reported = new Error(`no answer within ${answerMs / 1000} s`);
    redis.disconnect();
  }, answerMs);
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw new QueueUnavailable(`Redis cannot be used: ${reasonOf(reported ?? error)}`, { cause: error });
  } finally {
    clearTimeout(silent);
  }
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('WRONGPASS') || message.startsWith('NOAUTH'))
    return 'it refused the password in REDIS_URL';
  return message;
}
