import { Readable } from 'node:stream';
import type { LogPiece, RunView } from '@flotilla/storage';
import { z } from 'zod';
import type { App } from '../app.ts';
import type { FanOut } from '../live/fan-out.ts';
import { openSseStream, type SseStream } from '../live/sse-stream.ts';
import { Problem, problemReplies } from '../problem.ts';
import { followLog, type Tail, type TailLedger } from '../tail/follow-log.ts';
import type { LogTails } from '../tail/log-tails.ts';
import { toTailFrame } from '../tail/tail-frame.ts';
import { tailLine } from '../tail/tail-line.ts';
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

/** What turns write, as it is told. */
export interface LiveLogs {
  readonly fanOut: FanOut;
  readonly tails: Pick<LogTails, 'join' | 'isLive'>;
}

/** Followers of logs that one process serves: each asks Postgres every few seconds. */
export const maxLogFollowers = 100;

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

const followDescription =
  'with `follow`: `output` events in order, each stream without gap or double, whose id is `<attempt>.<stdout>.<stderr>`: how many pieces of each stream came; then one `end` with the state of the run, after which nobody comes back. A comment each 15 s keeps the line open';

const toldSchema = z.union([
  z.object({
    attempt: z.int(),
    stream: z.enum(['stdout', 'stderr']),
    base64: z.string().meta({ description: 'the bytes; a character may lie across two outputs' }),
  }),
  z.object({ state: z.string(), reason: z.string().nullable() }),
]);

export function runLogRoute(app: App, logs: RunLogs, live: LiveLogs): void {
  const followers = new Set<SseStream>();
  app.addHook('preClose', async () => {
    for (const follower of followers) follower.end();
  });

  const schema = {
    operationId: 'readRunLog',
    summary: 'What the turns of the run wrote so far, byte for byte; with `follow`, and what they write',
    tags: ['runs'],
    params: runParams,
    querystring: query,
    headers,
    response: {
      200: {
        description: `the bytes as the turn wrote them, with its secrets masked; ${followDescription}`,
        content: {
          'text/plain': { schema: z.any().meta({ type: 'string' }) },
          'text/event-stream': { schema: toldSchema },
        },
      },
      ...problemReplies('invalid_request', 'run_not_found', 'too_many_listeners'),
    },
  };
  app.get('/runs/:id/log', { schema, exposeHeadRoute: false }, async (request, reply) => {
    const {
      params,
      query: { follow, ...filter },
    } = request;
    if (!isRunId(params.id) || (await logs.get(params.id)) === null) throw unknownRun(params.id);
    if (follow !== true) {
      return reply
        .type('text/plain; charset=utf-8')
        .header('x-content-type-options', 'nosniff') // a turn's output is nobody's page
        .send(Readable.from(bytesOf(logs.read(params.id, filter))));
    }
    if (followers.size >= maxLogFollowers) {
      throw new Problem(
        'too_many_listeners',
        `${maxLogFollowers} clients follow logs already: try again later`,
      );
    }
    reply.hijack();
    const client = openSseStream(reply.raw);
    followers.add(client);
    client.signal.addEventListener('abort', () => followers.delete(client));
    const lastId = request.headers['last-event-id'];
    const begin = { attempt: filter.attempt ?? 1, stdout: 0, stderr: 0 };
    const tail: Tail = {
      runId: params.id.toLowerCase(),
      from: (lastId === undefined ? null : parseTailPlace(lastId)) ?? begin,
      only: filter.attempt ?? null,
      signal: client.signal,
    };
    serve(client, tail, filter.stream, logs, live)
      .catch(() => undefined)
      .finally(client.end);
    return reply;
  });
}

/** A client that cannot be served on comes back with its last id. */
async function serve(
  client: SseStream,
  tail: Tail,
  stream: LogFilter['stream'],
  logs: RunLogs,
  { fanOut, tails }: LiveLogs,
): Promise<void> {
  for await (const told of followLog(tail, logs, tailLine(fanOut, tails))) {
    if (told.kind === 'output' && stream !== undefined && told.piece.stream !== stream) continue;
    client.write(toTailFrame(told));
    await client.drained();
  }
}

async function* bytesOf(pieces: AsyncIterable<LogPiece>): AsyncGenerator<Uint8Array> {
  for await (const { bytes } of pieces) yield bytes;
}
