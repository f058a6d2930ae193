import { join } from 'node:path';
import { freePort } from '@flotilla/embedded';
import { StartError } from '@flotilla/runtime';
import type { CliContext } from '../context.ts';
import type { ServiceName } from '../installation.ts';
import type { Folders } from './folders.ts';
import type { Report } from './report.ts';
import { serviceEnvironment } from './service-environment.ts';
import { type Death, type Program, type Supervised, supervise } from './supervise.ts';
import { waitUntil } from './wait-until.ts';

/** How long turns may go on after a worker was told to stop. */
export const DRAIN_GRACE_MS = 20_000;
/** What a service may need beyond its drain: to settle, and to close its connections. */
const CLOSING_MS = 5_000;
const READY_LIMIT_MS = 60_000;

/** The longest that any service takes to stop. */
export const SERVICE_GRACE_MS = DRAIN_GRACE_MS + CLOSING_MS;

export type ServiceStart = {
  readonly context: CliContext;
  readonly folders: Folders;
  readonly signal: AbortSignal;
  readonly report: Report;
  readonly onDeath: (death: Death) => void;
  readonly onStart: (service: ServiceName, supervised: Supervised) => void;
};

/**
 * Starts one service and waits until it says that it is ready.
 *
 * @param name tells two workers apart
 * @param settings variables of its own, without credentials
 */
export async function startService(
  service: ServiceName,
  name: string,
  settings: Readonly<Record<string, string>>,
  start: ServiceStart,
): Promise<void> {
  const { context, folders, signal, report, onDeath, onStart } = start;
  const { environment, installation } = context;
  const health = { port: 0 };
  const program: Program = {
    name,
    kind: 'service',
    stopSignal: 'SIGTERM',
    graceMs: service === 'worker' ? SERVICE_GRACE_MS : CLOSING_MS,
    async launch() {
      health.port = await freePort();
      return {
        command: process.execPath,
        args: ['--enable-source-maps', installation.serviceMain(service)],
        cwd: folders.home,
        env: serviceEnvironment(environment, {
          ...settings,
          FLOTILLA_HEALTH_HOST: '127.0.0.1',
          FLOTILLA_HEALTH_PORT: String(health.port),
          FLOTILLA_STOP_WITH_STDIN: '1',
        }),
      };
    },
  };
  await report.step(name, async () => {
    onStart(service, supervise(program, folders, onDeath));
    await waitUntil(READY_LIMIT_MS, signal, () => redOf(health.port), failure(name, folders));
  });
}

/** What `/readyz` calls red, in one line; null where the service is ready. */
async function redOf(port: number): Promise<string | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(3_000) });
    return response.ok ? null : await response.text();
  } catch {
    return 'it does not answer';
  }
}

function failure(name: string, { logs }: Folders) {
  return (answer: string) =>
    new StartError(`${name} is not ready (${answer.trim()}): see ${join(logs, `${name}.log`)}`);
}
