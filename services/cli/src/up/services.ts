import { freePort } from '@flotilla/embedded';
import type { CliContext } from '../context.ts';
import type { ServiceName } from '../installation.ts';
import type { Report } from './report.ts';
import { serviceEnvironment } from './service-environment.ts';
import { type ProcessStart, startProcess } from './start-process.ts';
import type { Program, Supervised } from './supervise.ts';

/** How long turns may go on after a worker was told to stop. */
export const DRAIN_GRACE_MS = 20_000;
/** What a service may need beyond its drain: to settle, and to close its connections. */
const CLOSING_MS = 5_000;
const READY_LIMIT_MS = 60_000;
const PROBE_LIMIT_MS = 3_000;

/** The longest that any service takes to stop. */
export const SERVICE_GRACE_MS = DRAIN_GRACE_MS + CLOSING_MS;

export type ServiceStart = ProcessStart & {
  readonly context: CliContext;
  readonly report: Report;
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
  const { context, folders, report, onStart } = start;
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
        args: ['--enable-source-maps', context.installation.serviceMain(service)],
        cwd: folders.home,
        env: serviceEnvironment(context.environment, {
          ...settings,
          FLOTILLA_HEALTH_HOST: '127.0.0.1',
          FLOTILLA_HEALTH_PORT: String(health.port),
          FLOTILLA_STOP_WITH_STDIN: '1',
        }),
      };
    },
  };
  const ready = { limitMs: READY_LIMIT_MS, redOf: () => redOf(health.port) };
  await report.step(name, () =>
    startProcess(program, start, (supervised) => onStart(service, supervised), ready),
  );
}

/** What `/readyz` says while it is red; null where the service is ready. */
async function redOf(port: number): Promise<string | null> {
  try {
    const url = `http://127.0.0.1:${port}/readyz`;
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_LIMIT_MS) });
    const text = await response.text();
    return response.ok ? null : text.trim();
  } catch {
    return 'it does not answer';
  }
}
