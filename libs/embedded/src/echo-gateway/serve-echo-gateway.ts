import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { freePort } from '../free-port.ts';
import { echoModels } from './echo-models.ts';
import type { EchoAnswer } from './events.ts';

/** A gateway on loopback that is at work. */
export interface EchoGateway {
  /** The address before `/chat/completions`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** The model that merely echoes. */
export const echoModel = 'echo';

const longestQuestionBytes = 4 * 1024 ** 2;
/** Of the question, in the answer. */
const quotedLength = 400;

/**
 * Serves streamed chat completions for demos and tests. No model is behind it: it says so, and repeats what it was asked. Faults
 * are had by the name of a model (`echoModels`).
 */
export async function serveEchoGateway(): Promise<EchoGateway> {
  const server = createServer((request, response) => {
    response.on('error', () => undefined); // whoever asked has gone
    serve(request, response).catch(() => response.destroy());
  });
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${port}/v1`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve()); // its error says that it was stopped before
        server.closeAllConnections();
      }),
  };
}

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
    return refuse(response, 404, 'only POST /v1/chat/completions is here');
  }
  const question = await readQuestion(request);
  if (question === null) return refuse(response, 400, '"model" and "messages" are needed');
  const { model, prompt } = question;
  const answering = Object.hasOwn(echoModels, model) ? echoModels[model] : undefined;
  if (answering === undefined) {
    return refuse(
      response,
      404,
      `there is no model "${model}": there are ${Object.keys(echoModels).join(', ')}`,
    );
  }
  await answering(response, answerTo(model, prompt));
}

function answerTo(model: string, prompt: string): EchoAnswer {
  const quoted = prompt.length <= quotedLength ? prompt : `${prompt.slice(0, quotedLength)}…`;
  const text = `This is the echo gateway of Flotilla, a demo: no model has read this. You asked:\n\n${quoted}\n`;
  const [inputTokens, outputTokens] = [words(prompt), words(text)];
  return { id: `echo-${randomUUID()}`, model, text, inputTokens, outputTokens };
}

/** A count that grows as tokens do. */
function words(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}

async function readQuestion(request: IncomingMessage): Promise<{ model: string; prompt: string } | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > longestQuestionBytes) return null;
  }
  try {
    const { model, messages } = JSON.parse(Buffer.concat(pieces).toString()) as Record<string, unknown>;
    const last = Array.isArray(messages) ? (messages.at(-1) as { content?: unknown } | undefined) : undefined;
    return typeof model === 'string' && typeof last?.content === 'string'
      ? { model, prompt: last.content }
      : null;
  } catch {
    return null;
  }
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify({ error: { message } })}\n`);
}
