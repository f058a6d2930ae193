import { createInbox, type Msg, type MsgHdrs, type NatsConnection } from 'nats';

/** The stream has answered that it does not take a message; the code says why. */
export class NotTaken extends Error {
  override readonly name = 'NotTaken';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Publishes a message and resolves with its sequence once the stream has it. */
export type PublishAcknowledged = (subject: string, payload: string, headers: MsgHdrs) => Promise<number>;

interface Waiting {
  readonly sentAtMs: number;
  readonly resolve: (sequence: number) => void;
  readonly reject: (error: Error) => void;
}

interface Acknowledgement {
  readonly seq?: number;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

const looksPerWait = 5;

/**
 * Acknowledgements of a connection over one inbox: the client's own way makes a request, a timer and an error for each
 * message. One that does not come within `withinMs`, or before the connection ends, rejects.
 */
export function createAcknowledged(nats: NatsConnection, withinMs: number): PublishAcknowledged {
  const inbox = createInbox();
  const waiting = new Map<string, Waiting>();
  let sent = 0;

  function take(token: string): Waiting | undefined {
    const one = waiting.get(token);
    waiting.delete(token);
    return one;
  }

  function hear(message: Msg): void {
    const one = take(message.subject.slice(inbox.length + 1));
    if (one === undefined) return; // it was given up
    const answer = parse(message);
    if (typeof answer === 'number') one.resolve(answer);
    else one.reject(answer);
  }

  /** They wait in the order in which they were sent. */
  function giveUp(sentBeforeMs: number, why: string): void {
    for (const [token, { sentAtMs, reject }] of waiting) {
      if (sentAtMs > sentBeforeMs) return;
      waiting.delete(token);
      reject(new Error(why));
    }
  }

  nats.subscribe(`${inbox}.*`, { callback: (error, message) => error === null && hear(message) });
  const looks = setInterval(
    () => giveUp(performance.now() - withinMs, `NATS did not acknowledge within ${withinMs / 1_000} s`),
    withinMs / looksPerWait,
  ).unref();
  void nats.closed().then(() => {
    clearInterval(looks);
    giveUp(Number.POSITIVE_INFINITY, 'the connection to NATS ended before the acknowledgement');
  });

  return (subject, payload, headers) =>
    new Promise((resolve, reject) => {
      const token = String(++sent);
      waiting.set(token, { sentAtMs: performance.now(), resolve, reject });
      try {
        nats.publish(subject, payload, { headers, reply: `${inbox}.${token}` });
      } catch (error) {
        waiting.delete(token);
        throw error; // rejects
      }
    });
}

const noResponders = 503;

/** The sequence that the stream has given, or why there is none. */
function parse(message: Msg): number | Error {
  if (message.headers?.code === noResponders) return new Error('no stream takes this subject');
  const { seq, error } = read(message);
  if (error !== undefined)
    return new NotTaken(error.err_code ?? 0, error.description ?? 'the stream refused it');
  return seq ?? new Error('the acknowledgement names no sequence');
}

function read(message: Msg): Acknowledgement {
  try {
    return message.json<Acknowledgement>();
  } catch {
    return {};
  }
}
