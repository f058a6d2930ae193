import type { Usage } from '@flotilla/domain';
import OpenAI from 'openai';
import { type AnswerChunk, answerChunkSchema } from './answer-chunk.ts';
import { type AnswerLimits, TooLong } from './answer-limits.ts';
import { BadAnswer } from './bad-answer.ts';
import type { Gateway } from './gateway.ts';
import { createGatewayFetch } from './gateway-fetch.ts';

export interface Question {
  readonly model: string;
  readonly prompt: string;
  readonly maxTokens: number | null;
  /** What the gateway may know of the run. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface AnswerListener {
  /** Ends the call. */
  readonly signal: AbortSignal;
  /** Anything came, if only a sign of life. Throws where the call is over. */
  readonly onBytes: () => void;
  /** The next piece of the text; the gateway waits for it. */
  readonly onText: (text: string) => Promise<void>;
  /** What is known of the cost so far. */
  readonly onUsage: (usage: Usage) => void;
}

/** One streamed call. Resolves when the answer has come to its end; rejects with whatever kept it from that. */
export async function askGateway(
  { url, token }: Gateway,
  question: Question,
  { signal, onBytes, onText, onUsage }: AnswerListener,
  limits: AnswerLimits,
): Promise<void> {
  let isOver = false;
  const onLast = () => {
    isOver = true;
  };
  const client = clientOf(url, token, createGatewayFetch({ limits, onBytes, onLast }));
  const { data: stream, response } = await client.chat.completions
    .create(bodyOf(question), { signal, headers: question.headers })
    .withResponse();
  let usage: Usage = { model: null, inputTokens: null, outputTokens: null, cost: costIn(response.headers) };
  let chunks = 0;
  let bytes = 0;
  let finish: string | null = null;
  try {
    for await (const piece of stream) {
      const chunk = answerChunkSchema.safeParse(piece);
      if (!chunk.success) throw new BadAnswer('it sent an event that is no part of an answer');
      chunks += 1;
      usage = withChunk(usage, chunk.data);
      onUsage(usage);
      const [choice] = chunk.data.choices ?? [];
      const text = choice?.delta?.content ?? '';
      bytes += Buffer.byteLength(text);
      if (bytes > limits.answerBytes)
        throw new TooLong(`the answer has more than ${limits.answerBytes} bytes`);
      if (text !== '') await onText(text);
      finish = choice?.finish_reason ?? finish;
    }
  } catch (error) {
    if (finish === null || error instanceof TooLong) throw error; // what follows a finished answer is not missed
  }
  if (finish === null) signal.throwIfAborted();
  if (chunks === 0) throw new BadAnswer(`it answered with ${typeOf(response)} and no answer in it`);
  if (finish === null && !isOver) throw new BadAnswer('its answer was cut in the middle');
  checkFinish(finish, question);
}

/** Nothing of the client's own: no retries, no settings from the environment, no lines on the console. */
function clientOf(baseURL: string, token: string | null, fetch: typeof globalThis.fetch): OpenAI {
  return new OpenAI({
    baseURL,
    apiKey: token ?? 'none',
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: 2 ** 31 - 1, // the turn has its own
    logLevel: 'off',
    fetch,
    defaultHeaders: token === null ? { authorization: null } : {},
  });
}

function bodyOf({ model, prompt, maxTokens }: Question) {
  return {
    model,
    messages: [{ role: 'user' as const, content: prompt }],
    stream: true as const,
    stream_options: { include_usage: true },
    ...(maxTokens === null ? {} : { max_tokens: maxTokens }),
  };
}

function withChunk(before: Usage, { model, usage }: AnswerChunk): Usage {
  return {
    model: model ?? before.model,
    inputTokens: usage?.prompt_tokens ?? before.inputTokens,
    outputTokens: usage?.completion_tokens ?? before.outputTokens,
    cost: usage?.cost ?? before.cost,
  };
}

/** Some gateways tell the cost in a header. */
function costIn(headers: Headers): number | null {
  const text = headers.get('x-litellm-response-cost');
  const cost = text === null || text === '' ? Number.NaN : Number(text);
  return Number.isFinite(cost) && cost >= 0 ? cost : null;
}

function typeOf({ headers }: Response): string {
  return (headers.get('content-type') ?? 'nothing').slice(0, 100);
}

/** Words of the protocol, not of the answer: what was cut short is no answer. */
function checkFinish(finish: string | null, { maxTokens }: Question): void {
  if (finish === 'length') {
    const by = maxTokens === null ? "the model's own limit" : `maxTokens (${maxTokens})`;
    throw new TooLong(`the answer was cut at ${by}`);
  }
  if (finish === 'content_filter') throw new BadAnswer('it withheld the rest of the answer (content_filter)');
  if (finish === 'tool_calls' || finish === 'function_call') {
    throw new BadAnswer('it wants tools to be called, and none were offered');
  }
}
