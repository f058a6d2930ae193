import type { ApiClient } from './api-client.ts';
import { type FollowOptions, followStream } from './follow-stream.ts';

/** Some bytes that a turn wrote. */
export interface LogOutput {
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  readonly bytes: Uint8Array;
}

export interface LogFilter {
  readonly stream?: 'stdout' | 'stderr' | undefined;
  readonly attempt?: number | undefined;
}

interface OutputBody {
  readonly attempt: number;
  readonly stream: 'stdout' | 'stderr';
  readonly base64: string;
}

/** What the turns of a run write, until it is settled: each byte once, whatever the connection does. */
export async function* followLog(
  client: ApiClient,
  run: string,
  { stream, attempt }: LogFilter,
  options: FollowOptions = {},
): AsyncGenerator<LogOutput> {
  const address = { path: ['runs', run, 'log'], query: { stream, attempt, follow: 1 } };
  for await (const { event, data } of followStream(client, address, options)) {
    if (event === 'end') return;
    if (event !== 'output') continue; // of a newer release
    const { base64, ...output } = JSON.parse(data) as OutputBody;
    yield { ...output, bytes: Buffer.from(base64, 'base64') };
  }
}
