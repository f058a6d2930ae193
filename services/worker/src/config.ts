import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { defaultPool, parseDuration, poolName } from '@flotilla/domain';
import { type Environment, healthVariables, parseConfig, secret, variable } from '@flotilla/runtime';
import { z } from 'zod';

const duration = z
  .string()
  .transform((text) => parseDuration(text) ?? Number.NaN)
  .pipe(z.number().min(0));

const folder = z.string().startsWith('/');

/** Each has a consumer of its own, and that a connection on which it blocks. */
const maxServedPools = 20;

const pools = z
  .string()
  .transform((text) => [...new Set(text.split(',').map((name) => name.trim()))])
  .pipe(z.array(poolName).max(maxServedPools));

const variables = {
  ...healthVariables,
  databaseUrl: secret('DATABASE_URL', z.url().describe('postgres://user:password@host:5432/database')),
  redisUrl: secret('REDIS_URL', z.url().describe('redis://:password@host:6379')),
  natsUrl: secret('NATS_URL', z.url().describe('nats://token@host:4222')),
  /** Turns at once. */
  slots: variable(
    'FLOTILLA_SLOTS',
    z.coerce.number().int().min(1).max(1000).default(10).describe('a number of turns from 1 to 1000'),
  ),
  /** Whose runs it takes; they share its slots. */
  pools: variable(
    'FLOTILLA_POOLS',
    pools
      .default([defaultPool])
      .describe(
        `at most ${maxServedPools} names of pools, separated by commas, each of a-z, 0-9, ".", "_" and "-"`,
      ),
  ),
  /** How long turns may go on after the worker was asked to stop. */
  drainGraceMs: variable(
    'FLOTILLA_DRAIN_GRACE',
    duration.default(20_000).describe('a duration such as 20s or 5m'),
  ),
  /** Where agents are asked; without it this worker carries out no agent turn. */
  agentUrl: secret(
    'FLOTILLA_AGENT_URL',
    z
      .url({ protocol: /^https?$/ })
      .refine((url) => !/^[^/]*\/\/[^/]*@/.test(url))
      .optional()
      .describe('an address without credentials, such as https://gateway.example.org/v1'),
  ),
  agentToken: secret(
    'FLOTILLA_AGENT_TOKEN',
    z
      .string()
      .regex(/^[\x21-\x7e]+$/)
      .optional()
      .describe('printable ASCII characters without blanks'),
  ),
  /** The model of agent turns whose job names none. */
  agentModel: variable('FLOTILLA_AGENT_MODEL', z.string().optional()),
  /** One file per secret, named by it. */
  secretsDir: variable('FLOTILLA_SECRETS_DIR', folder.default('/run/secrets').describe('an absolute path')),
  /** Where the empty folders of attempts are made. */
  workDir: variable(
    'FLOTILLA_WORK_DIR',
    folder.default(join(tmpdir(), `flotilla-${userInfo().uid}`)).describe('an absolute path'),
  ),
};

export function readConfig(environment: Environment, warn: (line: string) => void) {
  return parseConfig(environment, variables, warn);
}
