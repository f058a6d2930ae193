import { join } from 'node:path';
import { echoModel, serveEchoGateway } from '@flotilla/embedded';
import type { Config } from '@flotilla/runtime';
import { writePrivateFile } from '../private-file.ts';
import type { upVariables } from './config.ts';
import type { Fleet } from './fleet.ts';
import type { Folders } from './folders.ts';
import type { UpOptions } from './options.ts';
import type { Report } from './report.ts';

export type AgentStart = {
  readonly options: Pick<UpOptions, 'demo'>;
  readonly given: Config<typeof upVariables>;
  readonly folders: Pick<Folders, 'run'>;
  readonly report: Report;
  readonly onStart: Fleet['add'];
};

/** What workers are told of the gateway of their agents: that of the environment, else, in a demo, one that echoes. */
export async function agentSettings(start: AgentStart): Promise<Readonly<Record<string, string>>> {
  const { given, options, folders } = start;
  if (given.agentUrl === undefined) return options.demo ? echoSettings(start) : {};
  if (given.agentToken === undefined) return {}; // the rest is inherited
  const path = join(folders.run, 'agent-token');
  await writePrivateFile(path, `${given.agentToken}\n`);
  return { FLOTILLA_AGENT_TOKEN_FILE: path };
}

async function echoSettings({ report, onStart }: AgentStart): Promise<Readonly<Record<string, string>>> {
  const gateway = await report.step('gateway', serveEchoGateway, ({ url }) => `${url} (a demo: it echoes)`);
  onStart('gateway', { name: 'the echo gateway', stop: gateway.stop, kill: gateway.stop });
  return { FLOTILLA_AGENT_URL: gateway.url, FLOTILLA_AGENT_MODEL: echoModel };
}
