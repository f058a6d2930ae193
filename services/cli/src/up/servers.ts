import { join } from 'node:path';
import {
  prepareNats,
  preparePostgres,
  prepareRedis,
  type ServerOptions,
  type ServerSpec,
} from '@flotilla/embedded';
import { StartError } from '@flotilla/runtime';
import type { Report } from './report.ts';
import { type ProcessStart, startProcess } from './start-process.ts';
import type { Program, Supervised } from './supervise.ts';

export const serverNames = ['postgres', 'redis', 'nats'] as const;
export type ServerName = (typeof serverNames)[number];
export type ServerUrls = Readonly<Record<ServerName, string>>;

const prepare: Record<ServerName, (options: ServerOptions) => Promise<ServerSpec>> = {
  postgres: preparePostgres,
  redis: prepareRedis,
  nats: prepareNats,
};

export const SERVER_GRACE_MS = 15_000;
const READY_LIMIT_MS = 30_000;

export type ServerStart = ProcessStart & {
  readonly binariesDir: string;
  readonly report: Report;
  readonly onStart: (name: ServerName, supervised: Supervised) => void;
};

/** Starts one private server and waits until it answers. Returns its URL, which stays its own while we live. */
export async function startServer(name: ServerName, start: ServerStart): Promise<string> {
  const { folders, binariesDir, signal, report, onStart } = start;
  const work = async () => {
    const spec = await prepared(name, { dir: join(folders.data, name), binariesDir, report: report.aside });
    signal.throwIfAborted();
    const redOf = async () => ((await spec.ready()) ? null : 'it does not answer');
    const ready = { limitMs: READY_LIMIT_MS, redOf };
    await startProcess(programOf(spec), start, (supervised) => onStart(name, supervised), ready);
    return spec;
  };
  const { url } = await report.step(name, work, ({ port }) => `port ${port}`);
  return url;
}

/** What keeps a server from being prepared is for the person at the terminal: one line. */
async function prepared(name: ServerName, options: ServerOptions): Promise<ServerSpec> {
  try {
    return await prepare[name](options);
  } catch (error) {
    throw new StartError(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function programOf(spec: ServerSpec): Program {
  return {
    name: spec.name,
    kind: 'server',
    stopSignal: spec.stopSignal === 'SIGINT' ? 'SIGINT' : 'SIGTERM',
    graceMs: SERVER_GRACE_MS,
    async launch() {
      await spec.makeWay();
      return spec;
    },
  };
}
