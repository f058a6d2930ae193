import { Readable } from 'node:stream';
import type { LogPiece, RunView } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { problemReplies } from '../problem.ts';
import { runParams } from './parameters.ts';
import { isRunId, unknownRun } from './unknown-run.ts';

interface LogFilter {
  readonly stream?: 'stdout' | 'stderr';
  readonly attempt?: number;
}

/** What turns wrote, as this route asks for it. */
export interface RunLogs {
  get(id: string): Promise<RunView | null>;
  /** In the order in which it was written. */
  read(id: string, filter: LogFilter): AsyncIterable<LogPiece>;
}

const query = z.strictObject({
  stream: z.enum(['stdout', 'stderr']).exactOptional().meta({ description: 'both where it is left out' }),
  attempt: z.coerce.number().int().min(1).exactOptional().meta({ description: 'all where it is left out' }),
});

export function runLogRoute(app: App, logs: RunLogs): void {
  const schema = {
    operationId: 'readRunLog',
    summary: 'What the turns of the run wrote so far, byte for byte',
    tags: ['runs'],
    params: runParams,
    querystring: query,
    response: {
      200: {
        description: 'the bytes as the turn wrote them, with its secrets masked',
        content: { 'text/plain': { schema: z.any().meta({ type: 'string' }) } },
      },
      ...problemReplies('invalid_request', 'run_not_found'),
    },
  };
  app.get('/runs/:id/log', { schema, exposeHeadRoute: false }, async ({ params, query }, reply) => {
    if (!isRunId(params.id) || (await logs.get(params.id)) === null) throw unknownRun(params.id);
    return reply
      .type('text/plain; charset=utf-8')
      .header('x-content-type-options', 'nosniff') // a turn's output is nobody's page
      .send(Readable.from(bytesOf(logs.read(params.id, query))));
  });
}

async function* bytesOf(pieces: AsyncIterable<LogPiece>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of pieces) yield bytes;
}
