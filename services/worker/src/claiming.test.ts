import { randomUUID } from 'node:crypto';
import type { Message } from '@flotilla/queue';
import { StorageUnavailable } from '@flotilla/storage';
import { expect, test, vi } from 'vitest';
import { createClaiming } from './claiming.ts';
import { createGivenUpClaims } from './given-up-claims.ts';
import { anAliveMembership } from './test-membership.ts';
import { type Answers, aStore } from './test-store.ts';

/** Claiming on a store that answers as the test says. */
async function aClaiming(answers: Answers, unansweredAfterMs = 60_000) {
  const membership = await anAliveMembership();
  const givenUp = createGivenUpClaims();
  const told = { unanswered: 0, givenBack: [] as string[], askedToEnd: [] as string[] };
  const claiming = createClaiming({
    store: aStore(answers),
    membership,
    givenUp,
    unansweredAfterMs,
    onUnanswered: () => {
      told.unanswered += 1;
    },
    onGivenBack: (runIds) => void told.givenBack.push(...runIds),
    onAskedToEnd: (runIds) => void told.askedToEnd.push(...runIds),
  });
  return { ...claiming, membership, givenUp, told };
}

function aMessage(runId: string = randomUUID()): Message {
  return { runId, attempt: 0, number: 1, dueAt: 0 };
}

/** A ledger that starts whatever it is asked for, once `before` lets it. */
function startingAll(before: (tokens: readonly string[]) => unknown = () => undefined): Answers {
  return {
    'claim-ungated': async ([runIds, , tokens]) => {
      await before(tokens as string[]);
      return (runIds as string[]).map((runId) => ({ runId, attempt: 1 }));
    },
  };
}

test('CL-1 claims that come together go together', async () => {
  const asked: number[] = [];
  const { claim } = await aClaiming(startingAll((tokens) => asked.push(tokens.length)));
  const answers = await Promise.all(Array.from({ length: 5 }, () => claim(aMessage(), randomUUID())));
  expect(answers.map(({ kind }) => kind)).toEqual(Array(5).fill('started'));
  expect(asked).toEqual([5]);
});

test('CL-3 a claim that is not answered is asked again with its token, and is in flight meanwhile', async () => {
  const tokens: string[] = [];
  let failures = 2;
  const message = aMessage();
  const { claim, isClaiming } = await aClaiming(
    startingAll(([token = '']) => {
      tokens.push(token);
      expect(isClaiming(message.runId)).toBe(true);
      if (failures-- > 0) throw new StorageUnavailable('no answer');
    }),
  );
  const token = randomUUID();
  expect(await claim(message, token)).toMatchObject({ kind: 'started', run: { runId: message.runId } });
  expect(tokens).toEqual([token, token, token]);
  expect(isClaiming(message.runId)).toBe(false);
});

test('HO-2 of two messages of one run one may be told that it started', async () => {
  const { claim } = await aClaiming(startingAll());
  const runId = randomUUID();
  const answers = await Promise.all([
    claim(aMessage(runId), randomUUID()),
    claim(aMessage(runId), randomUUID()),
  ]);
  expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['started', 'undecided']);
});

test('LV-6 whoever is not alive in the ledger claims nothing', async () => {
  let asked = 0;
  const { claim, membership } = await aClaiming(startingAll(() => asked++));
  await membership.lose();
  expect(await claim(aMessage(), randomUUID())).toMatchObject({ kind: 'refused' });
  expect(asked).toBe(0);
});

test('GD-4 no claim is made without permission', async () => {
  let asked = 0;
  const { claim, membership } = await aClaiming(startingAll(() => asked++));
  membership.guard().permit(false);
  expect(await claim(aMessage(), randomUUID())).toMatchObject({ kind: 'refused' });
  expect(asked).toBe(0);
});

test('LV-6 what a claim got that was in flight when its worker was declared dead is never started', async () => {
  const token = randomUUID();
  const { claim, membership, givenUp, dropAll } = await aClaiming(
    startingAll(() => {
      void membership.lose();
      dropAll();
      void membership.join();
    }),
  );
  expect(await claim(aMessage(), token)).toMatchObject({ kind: 'refused' });
  expect(givenUp.has(token)).toBe(true);
});

test('CL-3, CL-5 a claim that is never answered is given up, remembered, and not in flight any more', async () => {
  const refusing = startingAll(() => {
    throw new StorageUnavailable('no answer');
  });
  const { claim, isClaiming, givenUp, told } = await aClaiming(refusing);
  const [message, token] = [aMessage(), randomUUID()];
  await expect(claim(message, token)).rejects.toThrow('no answer');
  expect([isClaiming(message.runId), givenUp.has(token), told.unanswered]).toEqual([false, true, 1]);
});

test('CL-5 a claim is told as unanswered while its store is silent, and may be answered after all', async () => {
  let answer: () => void = () => undefined;
  const silence = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const { claim, told } = await aClaiming(
    startingAll(() => silence),
    1,
  );
  const claimed = claim(aMessage(), randomUUID());
  await vi.waitFor(() => expect(told.unanswered).toBe(1));
  answer();
  expect(await claimed).toMatchObject({ kind: 'started' });
  expect(told.unanswered).toBe(1);
});

test('CL-3 a run that was claimed and not started is handed back at once; what fails is left to the beat', async () => {
  const handedBack: unknown[] = [];
  let isAway = false;
  const { claim, giveBack, givenUp, membership, told } = await aClaiming({
    ...startingAll(),
    'hand-back-runs': (values) => {
      if (isAway) throw new StorageUnavailable('away');
      handedBack.push(values);
      return [];
    },
  });
  const runId = randomUUID();
  const answer = await claim(aMessage(runId), randomUUID());
  expect(answer.kind).toBe('started');
  await giveBack({ runId, attempt: 1, token: 'one' });
  expect(handedBack).toEqual([[[runId], [1], membership.id()]]);
  expect([givenUp.has('one'), told.givenBack]).toEqual([true, [runId]]);
  isAway = true;
  await giveBack({ runId, attempt: 2, token: 'two' });
  expect([givenUp.has('two'), told.givenBack]).toEqual([true, [runId]]);
});
