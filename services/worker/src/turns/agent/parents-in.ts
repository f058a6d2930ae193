import type { ParentAccount } from '@flotilla/domain';
import { z } from 'zod';

const parentSchema = z.object({
  run: z.string(),
  job: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  stdout: z.string().nullable(),
  stderr: z.string().nullable(),
});

const contextSchema = z.union([
  z.object({ parent: parentSchema }).transform(({ parent }) => [parent]),
  z.object({ parents: z.array(parentSchema) }).transform(({ parents }) => parents),
]);

/** The parent runs of a turn's context, as a prompt tells of them. */
export function parentsIn(context: unknown): readonly ParentAccount[] {
  return context === null ? [] : contextSchema.parse(context);
}
