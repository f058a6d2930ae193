import { type Environment, healthVariables, parseConfig, secret, variable } from '@flotilla/runtime';
import { z } from 'zod';

const port = z.coerce
  .number()
  .int()
  .min(0)
  .max(65_535)
  .default(7420)
  .describe('a port from 0 (any free one) to 65535');

const serverUrl = (scheme: RegExp, example: string) =>
  z
    .string({ error: example })
    .refine((text) => URL.canParse(text) && scheme.test(text))
    .describe(`a URL such as ${example}`);

const variables = {
  ...healthVariables,
  host: variable('FLOTILLA_API_HOST', z.string().default('127.0.0.1')),
  port: variable('FLOTILLA_API_PORT', port),
  databaseUrl: secret(
    'DATABASE_URL',
    serverUrl(/^postgres(ql)?:/, 'postgresql://user:password@host:5432/flotilla'),
  ),
  redisUrl: secret('REDIS_URL', serverUrl(/^rediss?:/, 'redis://:password@host:6379')),
  natsUrl: secret('NATS_URL', serverUrl(/^(nats|tls):/, 'nats://token@host:4222')),
};

export type ApiConfig = ReturnType<typeof readConfig>;

/** @throws ConfigError whose message is one line that names the variable */
export function readConfig(environment: Environment, warn: (line: string) => void) {
  return parseConfig(environment, variables, warn);
}
