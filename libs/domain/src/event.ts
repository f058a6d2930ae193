import { z } from 'zod';
import { alarmKinds } from './alarm.ts';
import { causes } from './key.ts';
import { runStates } from './run-state.ts';

/** The catalogue of facts: every name that an event may have. */
export const runEventTypes = [
  'run.queued',
  'run.triggered',
  'run.blocked',
  'run.unblocked',
  'run.delayed',
  'run.moved',
  'run.started',
  'run.retrying',
  'run.requeued',
  'run.withdrawn',
  'run.cancel_requested',
  'run.succeeded',
  'run.failed',
  'run.timed_out',
  'run.interrupted',
  'run.cancelled',
  'run.skipped',
  'run.missed',
  'run.expired',
] as const;
export const jobEventTypes = [
  'job.changed',
  'job.deleted',
  'job.blocked',
  'job.paused',
  'job.resumed',
] as const;
export const alarmEventTypes = ['alarm.raised', 'alarm.resolved'] as const;
export const eventTypes = [...runEventTypes, ...jobEventTypes, ...alarmEventTypes] as const;

export type RunEventType = (typeof runEventTypes)[number];
export type JobEventType = (typeof jobEventTypes)[number];
export type AlarmEventType = (typeof alarmEventTypes)[number];
export type EventType = (typeof eventTypes)[number];

/** EV-1: the largest payload of an event, in bytes: ids and short fields, never outputs. */
export const maxEventBytes = 8 * 1024;

const instant = z.iso.datetime({ offset: true });

/** What a `run.…` event says: the run's row as this version left it. */
export const runFactSchema = z.object({
  run: z.uuid(),
  job: z.string().meta({ description: 'the id users gave the job' }),
  jobId: z.uuid(),
  cause: z.enum(causes),
  key: z.string(),
  tickAt: instant.nullable(),
  tickUntil: instant.nullable(),
  tickCount: z.int(),
  dueAt: instant,
  startedAt: instant.nullable(),
  settledAt: instant.nullable(),
  state: z.enum(runStates),
  reason: z.string().nullable(),
  attempt: z.int(),
  failures: z.int(),
  losses: z.int(),
  revision: z.int(),
  version: z.int(),
  worker: z.uuid().nullable(),
  parent: z.uuid().nullable().meta({ description: 'of several the one that ended last' }),
  parents: z.array(z.uuid()).optional().meta({ description: 'of a run that needed all of them' }),
  pool: z.string().optional(),
  priority: z.int().optional(),
  blockedBy: z
    .enum(['overlap', 'pool'])
    .nullish()
    .meta({ description: 'of a blocked run: it waits for another run of its job, or for room in its pool' }),
  actor: z.string().optional().meta({ description: 'who asked for it, where somebody did' }),
  request: z.string().optional().meta({ description: 'the key with which a retry was asked for' }),
});

/** What a `job.…` event says: who changed what. The documents themselves are in the revisions. */
export const jobFactSchema = z.object({
  job: z.string(),
  jobId: z.uuid(),
  version: z.int(),
  revision: z.int(),
  oldRevision: z.int().nullable(),
  enabled: z.boolean(),
  actor: z.string(),
  message: z.string().optional(),
  reason: z.string().nullish().meta({ description: 'of `job.paused`: why' }),
  until: instant.nullish().meta({ description: 'of `job.paused`: when it ends by itself' }),
});

/** What an `alarm.…` event says. It is of no job, and has no third version: a new alarm is another entity. */
export const alarmFactSchema = z.object({
  alarm: z.uuid(),
  kind: z.enum(alarmKinds),
  subject: z.string(),
  message: z.string(),
  version: z.int(),
  raisedAt: instant,
  resolvedAt: instant.nullable(),
});

/** EV-1: the id is `<entity uuid>.<entity version>`: one event per version. */
export const eventSchema = z.discriminatedUnion('entity', [
  z.object({
    id: z.string(),
    type: z.enum(runEventTypes),
    entity: z.literal('run'),
    at: instant,
    data: runFactSchema,
  }),
  z.object({
    id: z.string(),
    type: z.enum(jobEventTypes),
    entity: z.literal('job'),
    at: instant,
    data: jobFactSchema,
  }),
  z.object({
    id: z.string(),
    type: z.enum(alarmEventTypes),
    entity: z.literal('alarm'),
    at: instant,
    data: alarmFactSchema,
  }),
]);

export type Event = z.output<typeof eventSchema>;
