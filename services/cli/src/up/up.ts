import { resolve } from 'node:path';
import { parseConfig } from '@flotilla/runtime';
import { createLoginLink } from '../client/login-link.ts';
import type { CliContext } from '../context.ts';
import { cut } from '../output/display-width.ts';
import { plain } from '../output/printable.ts';
import { upVariables } from './config.ts';
import { createFleet } from './fleet.ts';
import { type Folders, makeFolders } from './folders.ts';
import { emptyData } from './fresh.ts';
import { keepHouse } from './keep-house.ts';
import { type Lock, takeLock } from './lock.ts';
import type { UpOptions } from './options.ts';
import { readyLines } from './ready-lines.ts';
import { createReport, type Report } from './report.ts';
import { SERVER_GRACE_MS } from './servers.ts';
import { DRAIN_GRACE_MS, SERVICE_GRACE_MS } from './services.ts';
import { showEvents } from './show-events.ts';
import { startFleet } from './start-fleet.ts';
import { stopRemains } from './stop-remains.ts';
import { listenForStop, type StopRequests } from './stop-requests.ts';
import type { Death } from './supervise.ts';

/** Of a line that is quoted from a log. */
const LONGEST_LINE = 300;

/** Runs a whole fleet until it is told to stop. Returns the exit code. */
export async function up(options: UpOptions, context: CliContext): Promise<number> {
  const given = parseConfig(context.environment, upVariables);
  const requests = listenForStop();
  const folders = await makeFolders(resolve(context.folder, options.dir));
  const lock = await takeLock(folders.lockFile);
  try {
    await clear(options, folders, createReport(context));
    await run({ options, context, given, folders, lock, requests });
  } catch (error) {
    if (!requests.stop.aborted) {
      throw error;
    }
  } finally {
    await lock.release();
  }
  return requests.exitCode();
}

/** Nothing of an earlier start is left running, and with `--fresh` nothing of its data. */
async function clear(options: UpOptions, folders: Folders, { say }: Report): Promise<void> {
  await stopRemains(folders.run, { serviceMs: SERVICE_GRACE_MS, serverMs: SERVER_GRACE_MS }, say);
  if (options.fresh) {
    await emptyData(folders, options);
    await makeFolders(folders.home);
  }
}

type Run = {
  readonly options: UpOptions;
  readonly context: CliContext;
  readonly given: ReturnType<typeof parseConfig<typeof upVariables>>;
  readonly folders: Folders;
  readonly lock: Lock;
  readonly requests: StopRequests;
};

async function run({ options, context, given, folders, lock, requests }: Run): Promise<void> {
  const report = createReport(context);
  const fleet = createFleet();
  const endHouse = keepHouse(folders.logs, context.installation);
  try {
    const starting = startFleet({
      options,
      context,
      given,
      folders,
      report,
      signal: requests.stop,
      onDeath: (death) => tellDeath(death, report),
      onStart: fleet.add,
    });
    const { url, api } = await orAbort(starting, requests.stopNow);
    await lock.announce(url);
    const login = await createLoginLink(api);
    readyLines(url, login.url).forEach(report.say);
    await showEvents(api, context, report, requests.stop);
  } finally {
    if (requests.stop.aborted) {
      report.say(`stopping: turns may end within ${DRAIN_GRACE_MS / 1000} s; Ctrl-C again stops at once`);
    }
    await fleet.stop(requests.stopNow, (names) => report.aside(`stopping ${names.join(', ')}`));
    endHouse();
  }
}

/** Settles as the work does, or rejects as soon as the signal is aborted. */
async function orAbort<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, aborted]);
}

function tellDeath({ name, why, lastLines, logFile, restartInMs }: Death, { alarm, aside }: Report): void {
  const next = restartInMs === 0 ? 'now' : `in ${restartInMs / 1000} s`;
  alarm(`${name} ended (${why}) and is started again ${next}; ${logFile} ends with:`);
  for (const line of lastLines) {
    aside(`    ${cut(plain(line), LONGEST_LINE)}`);
  }
}
