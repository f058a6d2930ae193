import { z } from 'zod';

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullish().catch(null);

const usageSchema = z.object({
  prompt_tokens: count,
  completion_tokens: count,
  cost: z.number().min(0).max(Number.MAX_VALUE).nullish().catch(null),
});

/** One event of a streamed answer, as far as we read it. Gateways add much to it, and leave much out. */
export const answerChunkSchema = z.object({
  model: z.string().max(1_000).nullish().catch(null),
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: usageSchema.nullish().catch(null),
});

export type AnswerChunk = z.output<typeof answerChunkSchema>;
