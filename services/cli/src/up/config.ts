import { secret } from '@flotilla/runtime';
import { z } from 'zod';
import { initVariables } from '../commands/database/variables.ts';

/** What `up` itself takes from the environment: servers of one's own, and the admin's token. */
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
};
