import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AgentTurn, StopReason, TurnReport } from '@flotilla/domain';
import type { Fence } from '../../guard/fence.ts';
import { aGuard } from '../../test-guard.ts';
import type { LogStream } from '../../turn-log/log-chunk.ts';
import { anOpenFence } from '../turn-under-test.ts';
import { createAgentTurns } from './agent.ts';
import { type AnswerLimits, defaultAnswerLimits } from './answer-limits.ts';
import type { Gateway } from './gateway.ts';

/** What the gateway of a test was asked. */
export interface Asked {
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: { readonly model: string; readonly messages: readonly { content: string }[] } & Record<
    string,
    unknown
  >;
}

export type Answering = (response: ServerResponse, asked: Asked) => void;

/** For tests alone: a gateway on loopback that answers as the test wants, byte by byte. */
export async function aGateway(answering: Answering) {
  const asked: Asked[] = [];
  let closed = 0;
  const server = createServer((request, response) => {
    response.on('error', () => undefined);
    response.on('close', () => {
      closed += 1;
    });
    void read(request).then((text) => {
      const question = { path: request.url, headers: request.headers, body: JSON.parse(text) };
      asked.push(question);
      answering(response, question);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked,
    closedConnections: () => closed,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function read(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

/** Opens a stream of events. */
export function begin(response: ServerResponse, headers: Record<string, string> = {}): ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
}

export function event(data: unknown): string {
  return `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
}

export function piece(content: string, finish: string | null = null, more: object = {}): string {
  return event({ model: 'm-1', choices: [{ index: 0, delta: { content }, finish_reason: finish }], ...more });
}

export const done = event('[DONE]');

export interface AgentBenchOptions {
  readonly gateway: Partial<Gateway> | null;
  readonly limits?: Partial<AnswerLimits>;
  readonly now?: () => number;
}

/** A turn of an agent, and all that can be seen of it. */
export function startAgentTurn(
  { gateway, limits, now }: AgentBenchOptions,
  turn: Partial<AgentTurn> = {},
  more: { readonly context?: unknown; readonly fence?: Fence } = {},
) {
  const stopped = new AbortController();
  const log: Record<LogStream, string> = { stdout: '', stderr: '' };
  const run = createAgentTurns({
    gateway: gateway === null ? null : { url: '', token: null, model: 'm', ...gateway },
    limits: { ...defaultAnswerLimits, ...limits },
    ...(now === undefined ? {} : { now }),
  });
  const report: Promise<TurnReport> = run({
    turn: {
      kind: 'agent',
      agent: 'researcher',
      prompt: 'Say hello',
      model: null,
      fallback: [],
      maxTokens: null,
      timeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      ...turn,
    },
    identity: {
      runId: 'run-1',
      jobId: 'the-job',
      cause: 'manual',
      tickAt: null,
      attempt: 3,
      deadlineAt: 0,
      idempotencyKey: 'f'.repeat(32),
      parentRunId: null,
    },
    context: more.context ?? null,
    stop: stopped.signal,
    guard: aGuard(),
    isFenced: true,
    gated: new AbortController().signal,
    fence: () => more.fence ?? anOpenFence(),
    log: {
      write(stream, chunk) {
        log[stream] += chunk.toString();
      },
      room: () => Promise.resolve(),
    },
  });
  return { report, log, stop: (reason: StopReason) => stopped.abort(reason) };
}
