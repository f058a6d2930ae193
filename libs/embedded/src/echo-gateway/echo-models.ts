import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { doneEvent, type EchoAnswer, openStream, pieceEvent, usageEvent } from './events.ts';

/** How one model answers. */
export type EchoModel = (response: ServerResponse, answer: EchoAnswer) => void | Promise<void>;

/** Between two words of a slow answer. */
const slowMs = 150;
/** Of a flood: a hundred MB, in events that are short, or in one that never ends. */
const floodBytes = 100 * 1024 ** 2;
const floodLine = 'flood '.repeat(12);

/** The models of the echo gateway: one that echoes, and one for each fault that a gateway may have. */
export const echoModels: Readonly<Record<string, EchoModel>> = {
  echo: (response, answer) => say(response, answer, 0),
  'echo:slow': (response, answer) => say(response, answer, slowMs),
  /** The connection is cut in the middle. */
  async 'echo:cut'(response, answer) {
    const words = answer.text.split(/(?<= )/);
    openStream(response).write(pieceEvent(answer, words.slice(0, Math.ceil(words.length / 2)).join('')));
    await sleep(50);
    response.destroy();
  },
  /** It takes the question and says nothing. */
  'echo:silent': () => undefined,
  'echo:nonsense': (response) => void openStream(response).end('data: this is no JSON\n\n'),
  'echo:empty': (response) => void response.writeHead(200).end(),
  /** The answer is cut at its length. */
  'echo:length': (response, answer) =>
    void openStream(response).end(pieceEvent(answer, answer.text, 'length') + doneEvent),
  'echo:flood': (response, answer) =>
    flood(openStream(response), pieceEvent(answer, `${floodLine}\n`.repeat(80))),
  'echo:endless-line': (response) => flood(openStream(response), floodLine.repeat(80)),
  'echo:400': refuse(400, 'the request makes no sense'),
  'echo:401': refuse(401, 'the token is not known'),
  'echo:429': refuse(429, 'too many questions', { 'retry-after': '2' }),
  'echo:500': refuse(500, 'the gateway is broken'),
  'echo:503': refuse(503, 'the gateway is draining'),
};

/** Word by word, as models answer. */
async function say(response: ServerResponse, answer: EchoAnswer, pauseMs: number): Promise<void> {
  openStream(response);
  for (const word of answer.text.split(/(?<= )/)) {
    response.write(pieceEvent(answer, word));
    if (pauseMs > 0) await sleep(pauseMs);
    if (response.destroyed) return;
  }
  response.end(pieceEvent(answer, '', 'stop') + usageEvent(answer) + doneEvent);
}

async function flood(response: ServerResponse, piece: string): Promise<void> {
  for (let bytes = 0; bytes < floodBytes && !response.destroyed; bytes += piece.length) {
    if (response.write(piece)) continue;
    const goOn = new AbortController();
    const { signal } = goOn;
    await Promise.race([once(response, 'drain', { signal }), once(response, 'close', { signal })]);
    goOn.abort();
  }
  response.end();
}

function refuse(status: number, message: string, headers: Readonly<Record<string, string>> = {}): EchoModel {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(`${JSON.stringify({ error: { message: `${message} (a demo)` } })}\n`);
  };
}
