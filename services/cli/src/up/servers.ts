import { join } from 'node:path';
import {
  prepareNats,
  preparePostgres,
  prepareRedis,
  type ServerOptions,
  type ServerSpec,
} from '@flotilla/embedded';
import { StartError } from '@flotilla/runtime';
import type { Folders } from './folders.ts';
import type { Report } from './report.ts';
import { type Death, type Program, type Supervised, supervise } from './supervise.ts';
import { waitUntil } from './wait-until.ts';

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

export type ServerStart = {
  readonly folders: Folders;
  readonly binariesDir: string;
  readonly signal: AbortSignal;
  readonly report: Report;
  readonly onDeath: (death: Death) => void;
  /** Told of each server as soon as it is spawned, so that it is stopped however the start goes on. */
  readonly onStart: (name: ServerName, server: Supervised) => void;
};

/** Starts one private server and waits until it answers. Its port stays its own as long as we live. */
export async function startServer(name: ServerName, start: ServerStart): Promise<string> {
  const { folders, binariesDir, signal, report, onDeath, onStart } = start;
  const { url } = await report.step(
    name,
    async () => {
      const spec = await prepare[name]({ dir: join(folders.data, name), binariesDir, report: report.aside });
      signal.throwIfAborted();
      onStart(name, supervise(programOf(spec), folders, onDeath));
      await waitUntil(
        READY_LIMIT_MS,
        signal,
        async () => ((await spec.ready()) ? null : 'no answer'),
        () => new StartError(`${name} does not answer: see ${join(folders.logs, `${name}.log`)}`),
      );
      return spec;
    },
    ({ port }) => `port ${port}`,
  );
  return url;
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
