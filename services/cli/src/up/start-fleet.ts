import { join } from 'node:path';
import type { Config } from '@flotilla/runtime';
import { ApiClient } from '../client/api-client.ts';
import type { CliContext } from '../context.ts';
import { binariesFolder } from '../installation.ts';
import { writePrivateFile } from '../private-file.ts';
import { writeSecrets } from '../secrets-folder.ts';
import { agentSettings } from './agent-settings.ts';
import { chooseApiPort } from './api-port.ts';
import type { upVariables } from './config.ts';
import { createDemoJobs } from './create-demo-jobs.ts';
import { writeCredentialFiles } from './credential-files.ts';
import type { Fleet } from './fleet.ts';
import type { Folders } from './folders.ts';
import type { UpOptions } from './options.ts';
import { type DatabaseChoice, prepareDatabase } from './prepare-database.ts';
import type { Report } from './report.ts';
import { type ServerName, type ServerUrls, serverNames, startServer } from './servers.ts';
import { DRAIN_GRACE_MS, startService } from './services.ts';
import type { Death } from './supervise.ts';
import { together } from './together.ts';

export type FleetStart = {
  readonly options: UpOptions;
  readonly context: CliContext;
  /** Servers of one's own, which replace ours one by one, and the admin's token. */
  readonly given: Config<typeof upVariables>;
  readonly folders: Folders;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly onDeath: (death: Death) => void;
  readonly onStart: Fleet['add'];
};

export type RunningFleet = { readonly url: string; readonly api: ApiClient };

/** Servers, schema, admin, services, demo: each step once what it needs is there. */
export async function startFleet(start: FleetStart): Promise<RunningFleet> {
  const { options, context, folders, signal, report } = start;
  const urls = await startServers(start);
  const { token } = await report.step(
    'schema',
    () => prepareDatabase(databaseChoice(start, urls)),
    ({ applied }) => (applied.length > 0 ? applied.join(', ') : 'up to date'),
  );
  signal.throwIfAborted();
  const url = await startServices(start, urls);
  await writePrivateFile(folders.clientFile, `${JSON.stringify({ url, token })}\n`);
  const api = new ApiClient({ url: `${url}/`, token, source: folders.clientFile });
  signal.throwIfAborted();
  if (options.demo) {
    const create = () => createDemoJobs(api, context.now());
    await report.step('demo jobs', create, (ids) => (ids.length > 0 ? ids.join(', ') : 'all there'));
  }
  return { url, api };
}

function databaseChoice({ context, folders, given }: FleetStart, urls: ServerUrls): DatabaseChoice {
  return {
    url: urls.postgres,
    isOurs: given.postgres === undefined,
    adminToken: given.adminToken,
    clientFile: folders.clientFile,
    installation: context.installation,
  };
}

async function startServers(start: FleetStart): Promise<ServerUrls> {
  const binariesDir = binariesFolder(start.context.installation);
  const entries = await together(
    start.signal,
    serverNames.map((name) => async (signal) => {
      const url = start.given[name] ?? (await startServer(name, { ...start, signal, binariesDir }));
      return [name, url] as const;
    }),
  );
  return Object.fromEntries(entries) as Record<ServerName, string>;
}

/** Starts scheduler, workers and API side by side. Returns the API's address. */
async function startServices(start: FleetStart, urls: ServerUrls): Promise<string> {
  const { options, context, folders } = start;
  const credentials = await writeCredentialFiles(folders.run, urls);
  const secrets = await writeSecrets(context.environment, join(folders.run, 'secrets'));
  const port = await chooseApiPort(options.host, options.port);
  const apiSettings = { ...credentials, FLOTILLA_API_HOST: options.host, FLOTILLA_API_PORT: String(port) };
  const workers = Array.from({ length: options.workers }, (_, index) => `worker-${index + 1}`);
  const workerSettings = {
    ...credentials,
    ...(await agentSettings(start)),
    ...(secrets === undefined ? {} : { FLOTILLA_SECRETS_DIR: secrets }),
    FLOTILLA_DRAIN_GRACE: `${DRAIN_GRACE_MS / 1000}s`,
  };
  await together(start.signal, [
    (signal) => startService('scheduler', 'scheduler', credentials, { ...start, signal }),
    ...workers.map((name) => (signal: AbortSignal) => {
      const settings = { ...workerSettings, FLOTILLA_WORK_DIR: join(folders.work, name) };
      return startService('worker', name, settings, { ...start, signal });
    }),
    (signal) => startService('api', 'api', apiSettings, { ...start, signal }),
  ]);
  return `http://${clientHost(options.host)}:${port}`;
}

/** Where clients on this machine reach a server that listens on all addresses. */
function clientHost(host: string): string {
  return { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? host;
}
