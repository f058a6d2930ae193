import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { createBatcher } from './batcher.ts';

/** A `send` whose batches the test answers, in any order. */
function heldSend() {
  const batches: { items: readonly number[]; answer(): void; refuse(error: Error): void }[] = [];
  const sizes: number[] = [];
  const counts = { open: 0, most: 0 };
  const send = (items: readonly number[]) =>
    new Promise<readonly string[]>((resolve, reject) => {
      sizes.push(items.length);
      counts.open += 1;
      counts.most = Math.max(counts.most, counts.open);
      const end = (settle: () => void) => () => {
        counts.open -= 1;
        settle();
      };
      batches.push({
        items,
        answer: end(() => resolve(items.map((item) => `answer to ${item}`))),
        refuse: (error) => end(() => reject(error))(),
      });
    });
  return { send, batches, sizes, counts };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test.prop([
  fc.array(fc.nat({ max: 30 }), { minLength: 1, maxLength: 8 }),
  fc.integer({ min: 1, max: 7 }),
  fc.integer({ min: 1, max: 3 }),
  fc.infiniteStream(fc.nat()),
])(
  'each caller gets its own answer, and no batch is larger or more than allowed',
  async (bursts, limit, inFlight, picks) => {
    const { send, batches, sizes, counts } = heldSend();
    const ask = createBatcher({ limit, waitMs: 0, inFlight, send });
    const asked: { item: number; answer: Promise<string> }[] = [];
    for (const burst of bursts) {
      for (let times = 0; times < burst; times++) {
        const item = asked.length;
        asked.push({ item, answer: ask(item) });
      }
      await turn();
      batches.splice((picks.next().value ?? 0) % (batches.length + 1), 1)[0]?.answer();
    }
    let answered = false;
    const all = Promise.all(asked.map(({ answer }) => answer)).then((answers) => {
      answered = true;
      return answers;
    });
    while (!answered) {
      for (const batch of batches.splice(0)) batch.answer();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    expect(await all).toEqual(asked.map(({ item }) => `answer to ${item}`));
    expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(limit);
    expect(counts.most).toBeLessThanOrEqual(inFlight);
  },
);

test('a full batch is sent at once, one that is not waits for others', async () => {
  const { send, batches } = heldSend();
  const ask = createBatcher({ limit: 2, waitMs: 1, inFlight: 5, send });
  void ask(1);
  expect(batches).toHaveLength(0);
  void ask(2);
  expect(batches.map(({ items }) => items)).toEqual([[1, 2]]);
  void ask(3);
  await expect.poll(() => batches.map(({ items }) => items)).toEqual([[1, 2], [3]]);
});

test('an item that comes alone waits for nobody', async () => {
  const { send, batches } = heldSend();
  void createBatcher({ limit: 2, waitMs: 60_000, inFlight: 1, send })(1);
  await turn();
  expect(batches.map(({ items }) => items)).toEqual([[1]]);
});

test('what comes while all batches are under way goes with the next one', async () => {
  const { send, batches } = heldSend();
  const ask = createBatcher({ limit: 1, waitMs: 0, inFlight: 1, send });
  const answers = [ask(1), ask(2), ask(3)];
  expect(batches).toHaveLength(1);
  for (const _ of answers) {
    batches.shift()?.answer();
    await turn();
  }
  expect(await Promise.all(answers)).toEqual(['answer to 1', 'answer to 2', 'answer to 3']);
});

test('an error is the error of every item of its batch, and of no other', async () => {
  const { send, batches } = heldSend();
  const ask = createBatcher({ limit: 2, waitMs: 0, inFlight: 2, send });
  const answers = [ask(1), ask(2), ask(3), ask(4)];
  const settled = Promise.allSettled(answers);
  batches[0]?.refuse(new Error('no'));
  batches[1]?.answer();
  expect((await settled).map(({ status }) => status)).toEqual([
    'rejected',
    'rejected',
    'fulfilled',
    'fulfilled',
  ]);
});

test('an item without a result is an error, not a wait', async () => {
  const ask = createBatcher<number, string>({
    limit: 2,
    waitMs: 0,
    inFlight: 1,
    send: async () => ['first'],
  });
  const [first, second] = await Promise.allSettled([ask(1), ask(2)]);
  expect(first).toEqual({ status: 'fulfilled', value: 'first' });
  expect(second.status).toBe('rejected');
});
