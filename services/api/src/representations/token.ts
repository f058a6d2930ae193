import { roles } from '@flotilla/domain';
import type { TokenView } from '@flotilla/storage';
import { z } from 'zod';
import { instantSchema, toInstant } from './instant.ts';

export const tokenReplySchema = z
  .object({ name: z.string(), role: z.enum(roles), createdAt: instantSchema })
  .meta({ id: 'Token' });

export const createdTokenReplySchema = tokenReplySchema
  .extend({ token: z.string().meta({ description: 'the token itself, which is never shown again' }) })
  .meta({ id: 'CreatedToken' });

export function toToken({ name, role, createdAt }: TokenView): z.output<typeof tokenReplySchema> {
  return { name, role, createdAt: toInstant(createdAt) };
}
