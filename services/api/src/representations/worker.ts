import type { WorkerView } from '@flotilla/storage';
import { z } from 'zod';
import { instantSchema, toInstant, toInstantOrNull } from './instant.ts';

export const workerReplySchema = z
  .object({
    id: z.uuid(),
    host: z.string(),
    pid: z.int(),
    state: z.enum(['alive', 'draining', 'left', 'dead']),
    pools: z.array(z.string()),
    slots: z.int(),
    inHand: z.int(),
    beatAt: instantSchema,
    startedAt: instantSchema,
    endedAt: instantSchema.nullable(),
    endedWhy: z.string().nullable(),
    version: z.string(),
  })
  .meta({ id: 'Worker' });

export function toWorker(worker: WorkerView): z.output<typeof workerReplySchema> {
  return {
    id: worker.id,
    host: worker.host,
    pid: worker.pid,
    state: worker.state,
    pools: [...worker.pools],
    slots: worker.slots,
    inHand: worker.inHand,
    beatAt: toInstant(worker.beatAt),
    startedAt: toInstant(worker.startedAt),
    endedAt: toInstantOrNull(worker.endedAt),
    endedWhy: worker.endedWhy,
    version: worker.version,
  };
}
