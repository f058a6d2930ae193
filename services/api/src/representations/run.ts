import { causes, runStates } from '@flotilla/domain';
import type { AttemptView, RunDetail, RunView } from '@flotilla/storage';
import { z } from 'zod';
import { instantSchema, toInstant, toInstantOrNull } from './instant.ts';

export const runReplySchema = z
  .object({
    id: z.uuid(),
    job: z.string(),
    jobId: z.uuid(),
    cause: z.enum(causes),
    key: z.string(),
    idempotencyKey: z.string(),
    tickAt: instantSchema.nullable().meta({ description: 'the nominal time' }),
    tickUntil: instantSchema.nullable().meta({ description: 'the last tick of a range row' }),
    tickCount: z.int(),
    dueAt: instantSchema,
    createdAt: instantSchema,
    startedAt: instantSchema.nullable(),
    settledAt: instantSchema.nullable(),
    cancelRequestedAt: instantSchema.nullable(),
    state: z.enum(runStates),
    reason: z.string().nullable(),
    pool: z.string(),
    priority: z.int().meta({ description: 'higher is sooner, among the runs of its pool' }),
    blockedBy: z.enum(['overlap', 'pool']).nullable().meta({
      description: 'what a blocked run waits for: other runs of its job, or room in its pool',
    }),
    startBy: instantSchema.nullable().meta({ description: 'by when it must have begun; null: no matter' }),
    attempt: z.int(),
    failures: z.int(),
    losses: z.int(),
    revision: z.int(),
    version: z.int(),
    parent: z.uuid().nullable().meta({ description: 'of several the one that ended last' }),
    parents: z.array(z.uuid()).meta({ description: 'more than one: it needed all of them' }),
    retryOf: z.uuid().nullable().meta({ description: 'the settled run that this one runs again' }),
    worker: z.uuid().nullable(),
  })
  .meta({ id: 'Run' });

const attemptSchema = z
  .object({
    number: z.int(),
    worker: z.uuid(),
    handedOutAt: instantSchema.nullable(),
    startedAt: instantSchema,
    spawnedAt: instantSchema.nullable(),
    endedAt: instantSchema.nullable(),
    outcome: z.string().nullable(),
    exitCode: z.int().nullable(),
    signal: z.string().nullable(),
    message: z.string().nullable(),
    stdout: z.string().meta({ description: 'head and tail; the whole is in the log' }),
    stdoutBytes: z.int(),
    stdoutTruncated: z.boolean(),
    stderr: z.string(),
    stderrBytes: z.int(),
    stderrTruncated: z.boolean(),
    outputPruned: z.boolean().meta({ description: 'what it wrote was older than outputs are kept' }),
    usage: z
      .object({
        model: z.string().nullable().meta({ description: 'the one that answered' }),
        inputTokens: z.int().nullable(),
        outputTokens: z.int().nullable(),
        cost: z.number().nullable().meta({ description: "in the gateway's own currency" }),
      })
      .nullable()
      .meta({ description: 'of an agent turn, as far as its gateway told it' }),
  })
  .meta({ id: 'Attempt' });

export const runDetailReplySchema = runReplySchema
  .extend({
    attempts: z.array(attemptSchema),
    children: z.array(z.object({ id: z.uuid(), job: z.string(), state: z.enum(runStates) })),
  })
  .meta({ id: 'RunDetail' });

export function toRun(run: RunView): z.output<typeof runReplySchema> {
  return {
    id: run.id,
    job: run.job,
    jobId: run.jobId,
    cause: run.cause,
    key: run.key,
    idempotencyKey: run.idempotencyKey,
    tickAt: toInstantOrNull(run.tickAt),
    tickUntil: toInstantOrNull(run.tickUntil),
    tickCount: run.tickCount,
    dueAt: toInstant(run.dueAt),
    createdAt: toInstant(run.createdAt),
    startedAt: toInstantOrNull(run.startedAt),
    settledAt: toInstantOrNull(run.settledAt),
    cancelRequestedAt: toInstantOrNull(run.cancelRequestedAt),
    state: run.state,
    reason: run.reason,
    pool: run.pool,
    priority: run.priority,
    blockedBy: run.blockedBy,
    startBy: toInstantOrNull(run.startBy),
    attempt: run.attempt,
    failures: run.failures,
    losses: run.losses,
    revision: run.revision,
    version: run.version,
    parent: run.parentId,
    parents: [...run.parentIds],
    retryOf: run.retryOf,
    worker: run.workerId,
  };
}

export function toRunDetail(run: RunDetail): z.output<typeof runDetailReplySchema> {
  const children = run.children.map(({ id, job, state }) => ({ id, job, state }));
  return { ...toRun(run), attempts: run.attempts.map(toAttempt), children };
}

function toAttempt({ workerId, ...attempt }: AttemptView): z.output<typeof attemptSchema> {
  return {
    ...attempt,
    worker: workerId,
    handedOutAt: toInstantOrNull(attempt.handedOutAt),
    startedAt: toInstant(attempt.startedAt),
    spawnedAt: toInstantOrNull(attempt.spawnedAt),
    endedAt: toInstantOrNull(attempt.endedAt),
  };
}
