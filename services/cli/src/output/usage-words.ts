import type { Usage } from '@flotilla/domain';
import { printable } from './printable.ts';

/** What an answer cost, as far as it is known: `large-2: 7 tokens in, 2 out, cost 0.001`. */
export function usageWords({ model, inputTokens, outputTokens, cost }: Usage): string {
  const known = [
    inputTokens === null ? null : `${inputTokens} tokens in`,
    outputTokens === null ? null : `${outputTokens}${inputTokens === null ? ' tokens' : ''} out`,
    cost === null ? null : `cost ${cost}`,
  ].filter((part) => part !== null);
  const by = model === null ? '' : printable(model);
  return [by, known.join(', ')].filter((part) => part !== '').join(': ');
}
