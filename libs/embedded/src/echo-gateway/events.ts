import type { ServerResponse } from 'node:http';

/** What is to be answered, and what it counts. */
export interface EchoAnswer {
  readonly id: string;
  readonly model: string;
  readonly text: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export const doneEvent = 'data: [DONE]\n\n';

export function openStream(response: ServerResponse): ServerResponse {
  return response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
}

export function pieceEvent(answer: EchoAnswer, content: string, finish: string | null = null): string {
  return chunkEvent(answer, { choices: [{ index: 0, delta: { content }, finish_reason: finish }] });
}

export function usageEvent(answer: EchoAnswer): string {
  const { inputTokens, outputTokens } = answer;
  const usage = {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    cost: 0,
  };
  return chunkEvent(answer, { choices: [], usage });
}

function chunkEvent({ id, model }: EchoAnswer, more: object): string {
  return `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', model, ...more })}\n\n`;
}
