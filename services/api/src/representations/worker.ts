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
    endedWhy: z.string().nullable().meta({ description: 'who said so, and why' }),
    death: z.enum(['evidence', 'silence']).nullable().meta({
      description: 'of a dead worker: its guard saw it end, or a judge counted its silence',
    }),
    skewMs: z
      .int()
      .meta({ description: 'how far its clock is ahead of the clock of Postgres, in milliseconds' }),
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
    death: worker.death,
    skewMs: worker.skewMs,
    version: worker.version,
  };
}
