import { alarmKinds, alarmRules } from '@flotilla/domain';
import type { AlarmView } from '@flotilla/storage';
import { z } from 'zod';
import { instantSchema, toInstant, toInstantOrNull } from './instant.ts';

export const alarmReplySchema = z
  .object({
    id: z.uuid(),
    kind: z.enum(alarmKinds),
    subject: z.string().meta({ description: 'the worker, pool, job … that it is about' }),
    message: z.string(),
    means: z.string().meta({ description: 'what alarms of this kind are raised for' }),
    remedy: z.string().meta({ description: 'what to do about it' }),
    concernsReadiness: z.boolean(),
    raisedAt: instantSchema,
    seenAt: instantSchema,
    resolvedAt: instantSchema.nullable(),
  })
  .meta({ id: 'Alarm' });

export function toAlarm(alarm: AlarmView): z.output<typeof alarmReplySchema> {
  const { means, remedy, concernsReadiness } = alarmRules[alarm.kind];
  return {
    id: alarm.id,
    kind: alarm.kind,
    subject: alarm.subject,
    message: alarm.message,
    means,
    remedy,
    concernsReadiness,
    raisedAt: toInstant(alarm.raisedAt),
    seenAt: toInstant(alarm.seenAt),
    resolvedAt: toInstantOrNull(alarm.resolvedAt),
  };
}
