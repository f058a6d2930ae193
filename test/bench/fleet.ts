import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface BenchFleet {
  /** Calls the API; throws with its problem where it refuses. */
  call(method: 'GET' | 'PUT', path: string, body?: unknown): Promise<unknown>;
  stop(): Promise<void>;
}

/** The fleet that `npm start` gives, without the demo jobs, on servers and in a folder of its own. */
export async function startFleet(
  root: string,
  { workers, slots }: { workers: number; slots: number },
): Promise<BenchFleet> {
  const dir = await mkdtemp(join(tmpdir(), 'flotilla-bench-'));
  const command = [join(root, 'services/cli/bin/flotilla.mjs'), 'up', '--dir', dir];
  const up = spawn(process.execPath, [...command, '--workers', String(workers)], {
    env: { ...process.env, FLOTILLA_SLOTS: String(slots) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await untilReady(up);
  const client = JSON.parse(await readFile(join(dir, 'client.json'), 'utf8')) as {
    url: string;
    token: string;
  };
  return {
    async call(method, path, body) {
      const response = await fetch(new URL(path, client.url), {
        method,
        headers: { authorization: `Bearer ${client.token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const answer: unknown = await response.json();
      if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`);
      return answer;
    },
    async stop() {
      const ended = once(up, 'exit');
      up.kill('SIGINT');
      await ended;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function untilReady(up: ChildProcess): Promise<void> {
  if (up.stdout === null) throw new Error('the output of the fleet is not piped');
  const lines = createInterface({ input: up.stdout });
  for await (const line of lines) {
    if (line.startsWith('ready ')) {
      lines.close();
      up.stdout.resume(); // the events that follow are nobody's here
      return;
    }
  }
  throw new Error('the fleet ended before it was ready');
}
