import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { ReadableStream } from 'node:stream/web';
import type { AnswerLimits } from './answer-limits.ts';
import { BadAnswer } from './bad-answer.ts';
import { wholeEvents } from './whole-events.ts';

export interface GatewayFetchOptions {
  readonly limits: AnswerLimits;
  /** Something came: the gateway is not silent. What it throws ends the answer. */
  readonly onBytes: () => void;
  /** The gateway has said that its answer is over. */
  readonly onLast: () => void;
}

/**
 * A `fetch` for one answer. Unlike Node's own it has no time-outs that nobody set, follows no redirection (the token would
 * go along), opens a connection for each request (one that is kept may be dead), and holds no more than one event.
 */
export function createGatewayFetch(options: GatewayFetchOptions): typeof fetch {
  const { limits, onBytes, onLast } = options;
  return async (input, init = {}) => {
    const message = await send(new URL(input instanceof Request ? input.url : input), init, limits.connectMs);
    onBytes();
    const status = message.statusCode ?? 0;
    const isGood = status >= 200 && status < 300;
    const source = heard(message, onBytes);
    const given = { headers: headersOf(message) };
    if (isGood) return new Response(streamOf(wholeEvents(source, limits, onLast)), given);
    if (!isRefusal(status)) throw new BadAnswer(`it answered with the status ${status}`);
    return new Response(await readStart(source, limits.errorBytes), { ...given, status });
  };
}

/** A status that means a refusal, and with which a `Response` may have a body. */
function isRefusal(status: number): boolean {
  return status >= 300 && status < 600 && status !== 304;
}

function send(url: URL, init: RequestInit, connectMs: number): Promise<IncomingMessage> {
  const { method = 'GET', headers, body, signal } = init;
  const isSecure = url.protocol === 'https:';
  return new Promise((resolve, reject) => {
    const request = (isSecure ? https : http).request(url, {
      method,
      headers: { ...Object.fromEntries(new Headers(headers)), 'accept-encoding': 'identity' },
      agent: false,
      ...(signal == null ? {} : { signal }),
    });
    const connecting = setTimeout(() => {
      request.destroy(Object.assign(new Error('no connection'), { code: 'ETIMEDOUT' }));
    }, connectMs);
    const connected = () => clearTimeout(connecting);
    request.once('socket', (socket) => socket.once(isSecure ? 'secureConnect' : 'connect', connected));
    request.once('close', connected);
    request.on('error', reject); // also after the answer has begun, where its reader hears of it too
    request.once('response', resolve);
    request.end(typeof body === 'string' ? body : undefined);
  });
}

async function* heard(message: IncomingMessage, onBytes: () => void): AsyncGenerator<Buffer> {
  for await (const chunk of message as AsyncIterable<Buffer>) {
    onBytes();
    yield chunk;
  }
}

function streamOf(events: AsyncGenerator<Buffer>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await events.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await events.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

async function readStart(source: AsyncIterable<Buffer>, limitBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of source) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes >= limitBytes) break;
  }
  return Buffer.concat(pieces).subarray(0, limitBytes);
}

function headersOf({ headers }: IncomingMessage): Headers {
  return new Headers(
    Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}
