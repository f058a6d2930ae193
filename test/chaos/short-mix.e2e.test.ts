import { expect, test } from 'vitest';
import { playCampaign } from './campaign.ts';
import { check } from './checker/check.ts';
import { shortMix } from './short-mix.ts';

const seed = 4;
const longestMs = 240_000;

test('a fleet under load and faults keeps what is promised, and the checker would see if it did not', {
  timeout: longestMs,
}, async () => {
  const told: string[] = [];
  const { violations, evidence, kept } = await playCampaign({
    ...shortMix(seed),
    signal: new AbortController().signal,
    tell: (line) => told.push(line),
  });
  expect({ violations, kept, told: kept === null ? [] : told }).toEqual({
    violations: [],
    kept: null,
    told: [],
  });

  const [aStart, anEnd] = ['start', 'settled'].map((kind) =>
    evidence.marks.find((mark) => mark.kind === kind),
  );
  const [heard] = evidence.seen;
  if (aStart === undefined || anEnd === undefined || heard === undefined) throw new Error('nothing happened');
  const spoilt = {
    ...evidence,
    marks: [...evidence.marks, aStart, anEnd],
    seen: evidence.seen.filter(({ id }) => id !== heard.id),
    runs: evidence.runs.filter(
      ({ id }) => id !== evidence.runs.find(({ cause }) => cause === 'schedule')?.id,
    ),
  };
  const found = check(spoilt).violations.map(({ invariant }) => invariant);
  expect(found).toEqual(expect.arrayContaining(['C1', 'C2', 'C3']));
});
