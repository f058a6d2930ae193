import type { ServerResponse } from 'node:http';
import type { FanOut } from '../live/fan-out.ts';
import { openSseStream, type SseStream } from '../live/sse-stream.ts';
import { Problem } from '../problem.ts';
import { followLog, type Tail, type TailLedger, type Told } from './follow-log.ts';
import type { LogTails } from './log-tails.ts';
import { toTailFrame } from './tail-frame.ts';
import { tailLine } from './tail-line.ts';

/** What turns write, as it is told. */
export interface LiveLogs {
  readonly fanOut: FanOut;
  readonly tails: Pick<LogTails, 'join' | 'isLive'>;
}

/** Those who follow logs: each asks Postgres every few seconds. */
export interface LogFollowers {
  /** Throws a problem where there are as many as may be. */
  requireRoom(): void;
  /** Takes the response over. */
  serve(response: ServerResponse, tail: Omit<Tail, 'signal'>, isWanted: (told: Told) => boolean): void;
  endAll(): void;
}

export const maxLogFollowers = 100;

export function createLogFollowers(ledger: TailLedger, { fanOut, tails }: LiveLogs): LogFollowers {
  const followers = new Set<SseStream>();
  const line = tailLine(fanOut, tails);

  return {
    requireRoom() {
      if (followers.size < maxLogFollowers) return;
      throw new Problem(
        'too_many_listeners',
        `${maxLogFollowers} clients follow logs already: try again later`,
      );
    },
    serve(response, tail, isWanted) {
      const client = openSseStream(response);
      const { signal } = client;
      followers.add(client);
      signal.addEventListener('abort', () => followers.delete(client));
      send(client, followLog({ ...tail, signal }, ledger, line), isWanted)
        .catch(() => undefined) // the client comes back with its last id
        .finally(client.end);
    },
    endAll() {
      for (const follower of followers) follower.end();
    },
  };
}

/** At the pace of the client: nothing is sent before it has taken what was. */
async function send(
  client: SseStream,
  log: AsyncIterable<Told>,
  isWanted: (told: Told) => boolean,
): Promise<void> {
  for await (const told of log) {
    if (!isWanted(told)) continue;
    client.write(toTailFrame(told));
    await client.drained();
  }
}
