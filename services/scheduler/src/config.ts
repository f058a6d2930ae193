import { formatDuration, maxDurationMs, oldestRunnableMs, parseDuration } from '@flotilla/domain';
import { type Environment, healthVariables, parseConfig, secret, variable } from '@flotilla/runtime';
import { z } from 'zod';
import type { Retentions } from './prune-history.ts';

const dayMs = 86_400_000;

/** A time between two bounds, both included. */
function retention(name: string, defaultMs: number, leastMs: number, mostMs: number) {
  const schema = z
    .string()
    .transform((text) => parseDuration(text) ?? Number.NaN)
    .pipe(z.number().min(leastMs).max(mostMs))
    .default(defaultMs)
    .describe(`a duration from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}`);
  return variable(name, schema);
}

/** ID-3: the ranges meet where details never outlive their run, and no run that may be planned again is forgotten. */
const variables = {
  ...healthVariables,
  databaseUrl: secret('DATABASE_URL', z.url().describe('postgres://user:password@host:5432/database')),
  redisUrl: secret('REDIS_URL', z.url().describe('redis://:password@host:6379')),
  natsUrl: secret('NATS_URL', z.url().describe('nats://token@host:4222')),
  keepRunsMs: retention('FLOTILLA_KEEP_RUNS', 90 * dayMs, oldestRunnableMs, maxDurationMs),
  keepOutputsMs: retention('FLOTILLA_KEEP_OUTPUTS', 14 * dayMs, dayMs, oldestRunnableMs),
  keepEventsMs: retention('FLOTILLA_KEEP_EVENTS', 14 * dayMs, dayMs, oldestRunnableMs),
};

export type SchedulerConfig = ReturnType<typeof readConfig>;

export function readConfig(environment: Environment, warn: (line: string) => void) {
  return parseConfig(environment, variables, warn);
}

export function retentionsOf({ keepRunsMs, keepOutputsMs, keepEventsMs }: SchedulerConfig): Retentions {
  return { runsMs: keepRunsMs, outputsMs: keepOutputsMs, eventsMs: keepEventsMs };
}
