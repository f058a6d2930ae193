import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '../../support/bundles.ts';
import type { ServerLines } from '../../support/server-lines.ts';
import { launchService, type ServiceProcess } from '../../support/service-process.ts';
import type { Chance } from '../chance.ts';
import type { History } from '../history.ts';

/** A place in the fleet whose process is started again after each of its ends. */
export interface Seat {
  readonly name: string;
  readonly service: ServiceName;
  /** Its own lines to the servers. */
  readonly lines: ServerLines;
  /** The process that runs now, or ran last. */
  process(): ServiceProcess;
  /** It has answered that it is ready since it was started last. */
  isReady(): Promise<boolean>;
  /** Nobody is started any more; who runs is asked to end. */
  close(): Promise<void>;
}

export interface SeatOptions {
  readonly name: string;
  readonly service: ServiceName;
  readonly main: string;
  readonly dir: string;
  readonly lines: ServerLines;
  readonly environment: Readonly<Record<string, string>>;
  readonly history: History;
  readonly chance: Chance;
}

const backAfterMs = [200, 5_000] as const;

/** Starts the first process of a seat. */
export async function takeSeat(options: SeatOptions): Promise<Seat> {
  const { name, service, main, lines, history, chance, environment } = options;
  const folder = join(options.dir, name);
  await mkdir(folder, { mode: 0o700 });
  let isClosed = false;
  let current = await launch();
  const watched = watch();

  function launch(): Promise<ServiceProcess> {
    const work = { FLOTILLA_WORK_DIR: join(folder, 'work') };
    const logFile = join(folder, 'log');
    return launchService({ name, main, folder, logFile, environment: { ...work, ...environment } });
  }

  async function watch(): Promise<void> {
    for (;;) {
      const { pid } = current;
      history.write({ op: 'spawned', seat: name, pid });
      const { code, signal } = await current.exited;
      const isOwn = !current.wasToldToEnd();
      history.write({ op: 'exited', seat: name, pid, how: signal ?? `exit code ${code}`, isOwn });
      if (isClosed) return;
      await sleep(chance.between(...backAfterMs));
      if (isClosed) return;
      current = await launch();
    }
  }

  return {
    name,
    service,
    lines,
    process: () => current,
    isReady: () =>
      current.ask('/readyz').then(
        ({ status }) => status === 200,
        () => false,
      ),
    async close() {
      isClosed = true;
      await current.stop();
      await watched;
      await lines.close();
    },
  };
}
