import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../chance.ts';
import type { Stage } from '../fleet/stage.ts';
import type { FaultKind } from './fault.ts';

export const breakPostgres: readonly FaultKind[] = [
  postgres('postgres restarted', 0.5, async ({ servers: { postgres } }, chance) => {
    await postgres.stop();
    await sleep(chance.between(200, 11_000));
    await postgres.restart();
  }),
  postgres('postgres killed', 0.4, async ({ servers: { postgres } }, chance) => {
    await postgres.crash();
    await sleep(chance.between(200, 3_000));
    await postgres.restart();
  }),
  postgres('postgres backends ended', 2, async ({ store }, chance) => {
    await store.ask({ name: '', text: endBackends }, [chance.between(0.1, 1)]);
  }),
];

/** A share of the connections of the fleet: not those of the one who asks. */
const endBackends = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND application_name <> 'chaos' AND random() < $1`;

function postgres(
  name: string,
  weight: number,
  inject: (stage: Stage, chance: Chance) => Promise<void>,
): FaultKind {
  return {
    name,
    weight,
    aim: (stage, chance) => ({ target: 'postgres', inject: () => inject(stage, chance) }),
  };
}
