import { expect, test } from 'vitest';
import { usageWords } from './usage-words.ts';

const nothing = { model: null, inputTokens: null, outputTokens: null, cost: null };

test.each([
  [{ model: 'large', inputTokens: 7, outputTokens: 2, cost: 0.001 }, 'large: 7 tokens in, 2 out, cost 0.001'],
  [{ ...nothing, model: 'large' }, 'large'],
  [{ ...nothing, outputTokens: 2 }, '2 tokens out'],
  [{ ...nothing, model: 'large', cost: 0 }, 'large: cost 0'],
])('%j is told as "%s"', (usage, words) => {
  expect(usageWords(usage)).toBe(words);
});
