import { sleep } from '@flotilla/runtime';
import { isRunning } from './is-running.ts';
import { killTree } from './kill-tree.ts';
import { dropRecord, type ProcessRecord, readRecords } from './process-record.ts';

const LOOK_EVERY_MS = 50;

export type Patience = { readonly serviceMs: number; readonly serverMs: number };

/**
 * Ends what an `up` that was killed has left running. Its services stop by themselves, since their pipe has
 * closed, and are given the time for it: a signal on top would cut their drain short. Its servers are told
 * to stop after them. Whoever outstays the patience is killed.
 *
 * @returns the names of those that were still running
 */
export async function stopRemains(
  folder: string,
  patience: Patience,
  say: (line: string) => void,
): Promise<string[]> {
  const records = await readRecords(folder);
  const running: ProcessRecord[] = [];
  for (const record of records) {
    if (await isRunning(record)) {
      running.push(record);
    } else {
      await dropRecord(folder, record.name);
    }
  }
  const services = running.filter(({ kind }) => kind === 'service');
  const servers = running.filter(({ kind }) => kind === 'server');
  if (services.length > 0) {
    say(
      `waiting up to ${patience.serviceMs / 1000} s for ${services.map(describe).join(', ')} of an earlier start to end`,
    );
  }
  await Promise.all(services.map((record) => outwait(folder, record, patience.serviceMs)));
  for (const record of servers) {
    say(`stopping ${describe(record)} of an earlier start`);
    signal(record);
  }
  await Promise.all(servers.map((record) => outwait(folder, record, patience.serverMs)));
  return running.map(({ name }) => name);
}

async function outwait(folder: string, record: ProcessRecord, patienceMs: number): Promise<void> {
  const endMs = performance.now() + patienceMs;
  while (await isRunning(record)) {
    if (performance.now() > endMs) {
      await killTree(record.pid);
    }
    await sleep(LOOK_EVERY_MS);
  }
  await dropRecord(folder, record.name);
}

function signal({ pid, stopSignal }: ProcessRecord): void {
  try {
    process.kill(pid, stopSignal);
  } catch {
    // it has just ended
  }
}

function describe({ name, pid }: ProcessRecord): string {
  return `${name} (pid ${pid})`;
}
