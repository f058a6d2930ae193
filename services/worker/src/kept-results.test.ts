import { expect, test, vi } from 'vitest';
import { createKeptResults } from './kept-results.ts';

/** A result on offer, which the test has taken. */
function anOffer() {
  let take: () => void = () => undefined;
  const taken = new Promise<void>((resolve) => {
    take = resolve;
  });
  return { taken, take };
}

test('a result that is taken in time holds its slot until then', async () => {
  const { taken, take } = anOffer();
  const kept = createKeptResults(60_000);
  const offered = kept.whileOffered(taken).then(() => 'free');
  expect(await Promise.race([offered, new Promise((resolve) => setImmediate(resolve, 'held'))])).toBe('held');
  take();
  expect([await offered, kept.count()]).toEqual(['free', 0]);
});

test('SE-2 a result that nobody takes frees its slot and is kept until it is taken', async () => {
  const { taken, take } = anOffer();
  const kept = createKeptResults(1);
  await kept.whileOffered(taken);
  expect(kept.count()).toBe(1);
  take();
  await vi.waitFor(() => expect(kept.count()).toBe(0));
});

test('SE-2 no more results are kept than there is room for: the next one holds its slot', async () => {
  const [first, second] = [anOffer(), anOffer()];
  const kept = createKeptResults(1, 1);
  await kept.whileOffered(first.taken);
  const offered = kept.whileOffered(second.taken).then(() => 'free');
  const aWhile = new Promise((resolve) => setTimeout(resolve, 20, 'held'));
  expect([await Promise.race([offered, aWhile]), kept.count()]).toEqual(['held', 1]);
  second.take();
  expect(await offered).toBe('free');
  first.take();
});
