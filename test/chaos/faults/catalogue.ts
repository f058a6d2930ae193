import { breakLines } from './break-lines.ts';
import { breakNats } from './break-nats.ts';
import { breakPostgres } from './break-postgres.ts';
import { breakProcesses } from './break-processes.ts';
import { breakRedis } from './break-redis.ts';
import type { FaultKind } from './fault.ts';
import { strayMessages } from './stray-messages.ts';

/** Every way in which a campaign breaks a fleet. */
export const catalogue: readonly FaultKind[] = [
  ...breakProcesses,
  ...breakRedis,
  ...breakNats,
  ...breakPostgres,
  ...breakLines,
  strayMessages,
];
