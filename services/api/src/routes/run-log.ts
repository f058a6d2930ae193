import { Readable } from 'node:stream';
import type { LogPiece, RunView } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import { hasLeft } from '../live/sse-stream.ts';
import { problemReplies } from '../problem.ts';
import type { TailLedger, Told } from '../tail/follow-log.ts';
import { createLogFollowers, type LiveLogs } from '../tail/log-followers.ts';
import { parseTailPlace } from '../tail/tail-place.ts';
import { runParams } from './parameters.ts';
import { isRunId, unknownRun } from './unknown-run.ts';

interface LogFilter {
  readonly stream?: 'stdout' | 'stderr';
  readonly attempt?: number;
}

/** What turns wrote, as this route asks for it. */
export interface RunLogs extends TailLedger {
  get(id: string): Promise<RunView | null>;
  /** In the order in which it was written. */
  read(id: string, filter: LogFilter): AsyncIterable<LogPiece>;
}

const query = z.strictObject({
  stream: z.enum(['stdout', 'stderr']).exactOptional().meta({ description: 'both where it is left out' }),
  attempt: z.coerce.number().int().min(1).exactOptional().meta({ description: 'all where it is left out' }),
  follow: z
    .enum(['1', 'true', '0', 'false'])
    .transform((text) => text === '1' || text === 'true')
    .exactOptional()
    .meta({ description: 'goes on until the run (or the attempt) is over, as server-sent events' }),
});

const headers = z.looseObject({
  'last-event-id': z
    .string()
    .refine((text) => parseTailPlace(text) !== null, 'it is the id of an `output`, such as 1.42.0')
    .optional()
    .meta({ description: 'with `follow`: goes on after this `output`, without gap or double' }),
});

const toldSchema = z.union([
  z.object({
    attempt: z.int(),
    stream: z.enum(['stdout', 'stderr']),
    base64: z.string().meta({ description: 'the bytes; a character may lie across two outputs' }),
  }),
  z.object({ state: z.string(), reason: z.string().nullable() }),
]);

const description = [
  'the bytes as the turn wrote them, with its secrets masked.',
  'With `follow` they come as `output` events, each stream in order, without gap or double; the id of one is',
  '`<attempt>.<stdout>.<stderr>`, how many pieces of each stream came. Then one `end` tells the state of the run, and',
  'nobody needs to come back. A comment each 15 s keeps the line open',
].join(' ');

const schema = {
  operationId: 'readRunLog',
  summary: 'What the turns of the run wrote so far, byte for byte; with `follow` also what they write',
  tags: ['runs'],
  params: runParams,
  querystring: query,
  headers,
  response: {
    200: {
      description,
      content: {
        'text/plain': { schema: z.any().meta({ type: 'string' }) },
        'text/event-stream': { schema: toldSchema },
      },
    },
    ...problemReplies('invalid_request', 'run_not_found', 'too_many_listeners'),
  },
};

export function runLogRoute(app: App, logs: RunLogs, live: LiveLogs): void {
  const followers = createLogFollowers(logs, live);
  app.addHook('preClose', async () => followers.endAll());

  app.get('/runs/:id/log', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const { id } = request.params;
    const { follow, ...filter } = request.query;
    if (!isRunId(id) || (await logs.get(id)) === null) throw unknownRun(id);
    if (follow !== true) {
      return reply
        .type('text/plain; charset=utf-8')
        .header('x-content-type-options', 'nosniff') // a turn's output is nobody's page
        .send(Readable.from(bytesOf(logs.read(id, filter))));
    }
    if (hasLeft(reply.raw)) return reply.hijack();
    followers.requireRoom();
    reply.hijack();
    const only = filter.attempt ?? null;
    const from = parseTailPlace(request.headers['last-event-id'] ?? '') ?? {
      attempt: only ?? 1,
      stdout: 0,
      stderr: 0,
    };
    followers.serve(reply.raw, { runId: id.toLowerCase(), from, only }, (told) => isOf(filter.stream, told));
    return reply;
  });
}

function isOf(stream: LogFilter['stream'], told: Told): boolean {
  return told.kind === 'end' || stream === undefined || told.piece.stream === stream;
}

async function* bytesOf(pieces: AsyncIterable<LogPiece>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of pieces) yield bytes;
}
