import { secret } from '@flotilla/runtime';
import { z } from 'zod';

const postgresUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^postgres(?:ql)?:/.test(text))
  .describe('a URL such as postgresql://user:password@host:5432/flotilla');

const adminToken = z
  .string()
  .regex(/^[\x21-\x7e]{16,512}$/)
  .optional()
  .describe('16 to 512 printable characters without spaces');

/** What the commands read that talk to Postgres themselves. Each may be a file: `DATABASE_URL_FILE`. */
export const migrateVariables = { databaseUrl: secret('DATABASE_URL', postgresUrl) };
export const initVariables = { ...migrateVariables, adminToken: secret('FLOTILLA_ADMIN_TOKEN', adminToken) };
