import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '../../support/bundles.ts';
import { livingProcesses } from '../../support/process-table.ts';
import type { Chance } from '../chance.ts';
import type { Seat } from '../fleet/seat.ts';
import type { Stage } from '../fleet/stage.ts';
import { type Fault, type FaultKind, NothingToBreak } from './fault.ts';

/** GD-2: the turns that it guards end with it. */
export const killGuard = at('worker', 'guard killed', 2, async (seat) => killPid(await guardOf(seat)));

/** Whoever is killed is started again by its seat, after 0.2 to 5 s. */
export const breakProcesses: readonly FaultKind[] = [
  kill('scheduler', 3),
  kill('worker', 5),
  kill('api', 1.5),
  killGuard,
  at('worker', 'worker and guard killed', 1, killWorkerAndGuard),
  freezeSeat('worker', 1.2, [1_000, 9_000]),
  freezeSeat('worker', 0.8, [10_000, 60_000]),
  freezeSeat('scheduler', 1.5, [1_000, 40_000]),
  replace('worker', 1.5),
  replace('scheduler', 1),
  replace('api', 0.5),
];

function kill(service: ServiceName, weight: number): FaultKind {
  return at(service, `${service} killed`, weight, (seat) => seat.process().kill('SIGKILL'));
}

/** As a rolling restart does. */
function replace(service: ServiceName, weight: number): FaultKind {
  return at(service, `${service} restarted`, weight, (seat) => seat.process().kill('SIGTERM'));
}

/** As a host that is starved, or a process that somebody stopped. */
export function freezeSeat(
  service: ServiceName,
  weight: number,
  forMs: readonly [number, number],
): FaultKind {
  const name = `${service} frozen${forMs[1] > 10_000 ? ' for long' : ''}`;
  return at(service, name, weight, async (seat, chance) => {
    const frozen = seat.process();
    frozen.signal('SIGSTOP');
    await Promise.race([sleep(chance.between(...forMs)), frozen.exited]);
    frozen.signal('SIGCONT');
  });
}

function at(
  service: ServiceName,
  name: string,
  weight: number,
  inject: (seat: Seat, chance: Chance) => Promise<unknown>,
): FaultKind {
  return {
    name,
    weight,
    aim(stage: Stage, chance: Chance): Fault {
      const seat = chance.pick(stage.seatsOf(service));
      return {
        target: seat.name,
        async inject() {
          if (seat.process().ended() !== undefined) throw new NothingToBreak(`${seat.name} is away`);
          await inject(seat, chance);
        },
      };
    },
  };
}

/** GD-2: its keepers are all that is left to end its turns. */
export async function killWorkerAndGuard(seat: Seat): Promise<void> {
  const guard = await guardOf(seat);
  killPid(guard);
  killPid(seat.process().pid);
  await seat.process().kill('SIGKILL');
}

/** GD-1: the worker's child that knows its groups. */
async function guardOf(seat: Seat): Promise<number> {
  const { pid } = seat.process();
  const guard = (await livingProcesses()).find(
    ({ parent, command }) => parent === pid && /guard/.test(command),
  );
  if (guard === undefined) throw new NothingToBreak(`${seat.name} has no guard`);
  return guard.pid;
}

function killPid(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}
