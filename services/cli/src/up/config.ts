import { secret } from '@flotilla/runtime';
import { z } from 'zod';
import { initVariables } from '../commands/database/variables.ts';

/** What `up` itself takes from the environment: servers of one's own, the admin's token, and a gateway of agents. */
export const upVariables = {
  postgres: secret(
    'DATABASE_URL',
    z
      .url({ protocol: /^postgres(ql)?$/ })
      .optional()
      .describe('postgres://…'),
  ),
  redis: secret(
    'REDIS_URL',
    z
      .url({ protocol: /^rediss?$/ })
      .optional()
      .describe('redis://…'),
  ),
  nats: secret(
    'NATS_URL',
    z
      .url({ protocol: /^(nats|tls)$/ })
      .optional()
      .describe('nats://…'),
  ),
  adminToken: initVariables.adminToken,
  /** The gateway of agents; its token becomes a file for the workers. */
  agentUrl: secret('FLOTILLA_AGENT_URL', z.string().optional()),
  agentToken: secret('FLOTILLA_AGENT_TOKEN', z.string().optional()),
};
