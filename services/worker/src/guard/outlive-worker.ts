import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupName } from '../turns/group-members.ts';
import { readProcess } from '../turns/process-table.ts';
import type { Deeds } from './deeds.ts';
import { endGroup, patienceMs } from './end-group.ts';
import type { ToGuard } from './message.ts';
import { monotonicMs } from './monotonic-ms.ts';
import { loadStorage, writeDeath } from './write-death.ts';

export type Start = Extract<ToGuard, { kind: 'start' }>;

/** Between two looks at a worker whose pipe has ended and whose process has not. */
const lookMs = 10;

/** GD-5: the worker's pipe has ended. Ends its turns, sees them and the worker gone, and says so in the ledger. */
export async function outliveWorker(
  { workerId, workerPid, workerStart, databaseUrl }: Start,
  groups: readonly GroupName[],
  deeds: Deeds,
): Promise<void> {
  const ended = groups.map((group) => endGroup(group));
  loadStorage().catch(() => undefined); // meanwhile; a failure is told where it is used
  const isGone = (await Promise.all(ended)).every(Boolean);
  if (!isGone || !(await hasEnded(workerPid, workerStart))) {
    deeds.tell('the worker is not said to be dead: not all of it could be ended', { groups: groups.length });
    return;
  }
  const turns = groups.length === 1 ? 'its turn' : `its ${groups.length} turns`;
  const why = `its process ended${groups.length === 0 ? '' : `, and its guard saw ${turns} gone`}`;
  try {
    const isOurs = await writeDeath({ workerId, databaseUrl, why });
    if (isOurs) deeds.tell('the worker is dead by evidence', { turns: groups.length });
  } catch (error) {
    deeds.tell('the death of the worker could not be written: its silence will tell', {
      err: error instanceof Error ? error.message : String(error),
    });
  }
}

/** A process that ends closes its pipes first; one that is at work without them is not dead. */
async function hasEnded(pid: number, start: string | null): Promise<boolean> {
  const endMs = monotonicMs() + patienceMs;
  while (monotonicMs() < endMs) {
    const found = await readProcess(pid).catch(() => undefined);
    if (found === null || found?.isZombie === true) return true;
    if (start !== null && found !== undefined && found.start !== start) return true;
    await sleep(lookMs);
  }
  return false;
}
