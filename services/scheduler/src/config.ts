import { type Environment, healthVariables, parseConfig, secret } from '@flotilla/runtime';
import { z } from 'zod';

const variables = {
  ...healthVariables,
  databaseUrl: secret('DATABASE_URL', z.url().describe('postgres://user:password@host:5432/database')),
  redisUrl: secret('REDIS_URL', z.url().describe('redis://:password@host:6379')),
  natsUrl: secret('NATS_URL', z.url().describe('nats://token@host:4222')),
};

export function readConfig(environment: Environment, warn: (line: string) => void) {
  return parseConfig(environment, variables, warn);
}
