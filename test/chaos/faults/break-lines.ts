import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '../../support/bundles.ts';
import type { ServerName } from '../../support/servers.ts';
import type { Fault as LineFault } from '../../support/tcp-proxy.ts';
import type { Chance } from '../chance.ts';
import type { FaultKind } from './fault.ts';

const servers: readonly ServerName[] = ['postgres', 'redis', 'nats'];

/** Each process has lines of its own: one is broken, the others of the same process are not. */
export const breakLines: readonly FaultKind[] = [
  breakLine('answers of postgres swallowed', 3, ['postgres'], () => 'swallow', [200, 4_000]),
  breakLine('answers swallowed', 1, ['redis', 'nats'], () => 'swallow', [200, 4_000]),
  breakLine('line cut', 3, servers, () => 'cut', [0, 3_000]),
  breakLine('line slow', 2, servers, (chance) => ({ delayMs: chance.between(20, 400) }), [2_000, 10_000]),
  breakLine('line silent', 1.5, servers, () => 'hold', [1_000, 15_000]),
  breakLine('line silent for long', 0.5, ['postgres'], () => 'hold', [15_000, 45_000]),
];

/** Breaks one line of a process (of any, or of a service's) for a while, by the given fault, and mends it. */
export function breakLine(
  name: string,
  weight: number,
  to: readonly ServerName[],
  faultOf: (chance: Chance) => LineFault,
  forMs: readonly [number, number],
  of?: ServiceName,
): FaultKind {
  return {
    name,
    weight,
    aim(stage, chance) {
      const seat = chance.pick(of === undefined ? stage.seats : stage.seatsOf(of));
      const server = chance.pick(to);
      const proxy = seat.lines.to[server];
      return {
        target: `${seat.name} to ${server}`,
        async inject() {
          proxy.strike(faultOf(chance));
          await sleep(chance.between(...forMs));
          proxy.pass();
        },
      };
    },
  };
}
