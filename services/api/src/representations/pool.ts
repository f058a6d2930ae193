import { maxPoolCapacity } from '@flotilla/domain';
import type { PoolView } from '@flotilla/storage';
import { z } from 'zod';
import { instantSchema, toInstant } from './instant.ts';

export const capacitySchema = z
  .int()
  .min(1)
  .max(maxPoolCapacity)
  .nullable()
  .meta({ description: 'turns at once in the whole fleet; null: as many as its workers have slots for' });

export const poolReplySchema = z
  .object({
    name: z.string(),
    capacity: capacitySchema,
    running: z.int(),
    waiting: z.int().meta({ description: 'runs that are blocked for want of room' }),
    due: z.int().meta({ description: 'runs that are due and wait for a worker' }),
    workers: z.int().meta({ description: 'living workers that serve it' }),
    slots: z.int().meta({ description: 'theirs, shared among all the pools that they serve' }),
    changedAt: instantSchema,
  })
  .meta({ id: 'Pool' });

export const putPoolReplySchema = poolReplySchema
  .extend({ change: z.enum(['created', 'changed', 'unchanged']) })
  .meta({ id: 'PutPool' });

export function toPool({ changedAt, ...pool }: PoolView): z.output<typeof poolReplySchema> {
  return { ...pool, changedAt: toInstant(changedAt) };
}
