import { connect, ErrorCode, type NatsConnection } from 'nats';

/** NATS cannot be used: its message is one line for whoever runs the service. */
export class EventsUnavailable extends Error {
  override readonly name = 'EventsUnavailable';
}

const connectMs = 5_000;

export interface EventsOptions {
  /** `nats://<token>@host:port` or `nats://user:password@host:port`. */
  readonly url: string;
  /** Shown in NATS' own lists of connections. */
  readonly name: string;
}

/**
 * One connection, which stays closed once it is lost: the client's own reconnection is off (EV-3), whoever holds it
 * opens another. Throws EventsUnavailable.
 */
export async function connectNats({ url, name }: EventsOptions): Promise<NatsConnection> {
  try {
    return await connect({
      ...addressOf(url),
      name,
      reconnect: false,
      timeout: connectMs,
      pingInterval: 5_000,
      maxPingOut: 2,
      noAsyncTraces: true, // a stack trace for each publication cost more than the publication
    });
  } catch (error) {
    throw new EventsUnavailable(`NATS cannot be used: ${reasonOf(error)}`, { cause: error });
  }
}

/** Credentials go into the options: the client does not read them from a URL. */
function addressOf(url: string): { servers: string; token?: string; user?: string; pass?: string } {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new Error('NATS_URL is not a URL: write nats://<token>@host:4222');
  }
  const servers = `${parsed.protocol}//${parsed.host}`;
  const user = decodeURIComponent(parsed.username);
  const pass = decodeURIComponent(parsed.password);
  if (user === '') return { servers };
  return pass === '' ? { servers, token: user } : { servers, user, pass };
}

/** The client's codes, where they are all that its errors say. */
const reasons: Readonly<Record<string, string>> = {
  [ErrorCode.AuthorizationViolation]: 'it refused the token or password in NATS_URL',
  [ErrorCode.ConnectionRefused]: 'nothing listens where NATS_URL points',
  [ErrorCode.Timeout]: `no answer within ${connectMs / 1000} s`,
};

function reasonOf(error: unknown): string {
  const { code = '', message } = error as { code?: string; message?: string };
  return reasons[code] ?? message ?? String(error);
}
