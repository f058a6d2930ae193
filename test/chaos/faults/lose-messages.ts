import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../support/wait-for.ts';
import type { Chance } from '../chance.ts';
import type { Seat } from '../fleet/seat.ts';
import type { Stage } from '../fleet/stage.ts';
import { command } from './break-redis.ts';
import { type FaultKind, NothingToBreak } from './fault.ts';
import { loseOne } from './lose-replies.ts';

/** RB-1: a worker that fetches and cannot claim, and then is killed. */
export const killUnclaimed = at('worker', 'killed unclaimed', async ({ process, lines }) => {
  lines.to.postgres.strike('cut');
  await sleep(700);
  await process().kill('SIGKILL');
  lines.to.postgres.pass();
});

/** HO-2: what was handed out is marked when Redis has lost it, and the ledger knows that. */
export const markLate = at('scheduler', 'marks late', async ({ lines }, { store }, flush) => {
  const line = lines.to.postgres;
  const isHeld = await Promise.race([
    line.strikeAt('mark-handed-out', 'hold').then(() => true),
    sleep(5_000),
  ]);
  try {
    if (isHeld !== true) throw new NothingToBreak('nothing was handed out');
    const life = async () => (await store.ask<Life>({ name: '', text: readLife }))[0];
    const before = await life();
    await flush();
    const isCleared = (now?: Life) => now !== undefined && now.epoch > (before?.epoch ?? 0) && now.isCleared;
    await waitFor('the marks to be cleared', async () => isCleared(await life()), { withinMs: 8_000 });
  } finally {
    line.pass();
  }
});

/** RB-3: whoever finds Redis empty does not hear the answer, and asks again. */
export const loseTide = at('scheduler', 'tide lost', async ({ lines }, _, flush) => {
  await flush();
  await loseOne(lines.to.redis, 'flotilla:tide');
});

interface Life {
  readonly epoch: number;
  readonly isCleared: boolean;
}

const readLife = `SELECT epoch, cleared = epoch AS "isCleared" FROM epochs WHERE name = 'queue'`;

function at(
  service: 'worker' | 'scheduler',
  name: string,
  inject: (seat: Seat, stage: Stage, flush: () => Promise<void>) => Promise<void>,
): FaultKind {
  return {
    name,
    weight: 1,
    aim(stage: Stage, chance: Chance) {
      const seat = chance.pick(stage.seatsOf(service));
      return {
        target: seat.name,
        async inject() {
          if (seat.process().ended() !== undefined) throw new NothingToBreak(`${seat.name} is away`);
          await inject(seat, stage, () => command(stage, ['FLUSHALL']));
        },
      };
    },
  };
}
