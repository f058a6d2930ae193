import { randomUUID } from 'node:crypto';
import type { Message } from '@flotilla/queue';
import { StorageUnavailable } from '@flotilla/storage';
import { expect, test } from 'vitest';
import { createClaiming } from './claiming.ts';
import type { Membership } from './membership.ts';
import { type Answers, aStore } from './test-store.ts';

function aMembership(): Membership & { lose(): void } {
  let id: string | null = randomUUID();
  return {
    id: () => id,
    join: async () => {
      id = randomUUID();
    },
    lose: () => {
      id = null;
    },
  };
}

function aMessage(runId: string = randomUUID()): Message {
  return { runId, attempt: 0, number: 1, dueAt: 0 };
}

/** A ledger that starts whatever it is asked for, once `before` lets it. */
function startingAll(before: (tokens: readonly string[]) => void = () => undefined): Answers {
  return {
    'claim-ungated': ([runIds, , tokens]) => {
      before(tokens as string[]);
      return (runIds as string[]).map((runId) => ({ runId, attempt: 1 }));
    },
  };
}

test('CL-1 claims that come together go together', async () => {
  const asked: number[] = [];
  const store = aStore(startingAll((tokens) => asked.push(tokens.length)));
  const { claim } = createClaiming(store, aMembership());
  const answers = await Promise.all(Array.from({ length: 5 }, () => claim(aMessage(), randomUUID())));
  expect(answers.map(({ kind }) => kind)).toEqual(Array(5).fill('started'));
  expect(asked).toEqual([5]);
});

test('CL-3 a claim that is not answered is asked again with its token, and is in flight meanwhile', async () => {
  const tokens: string[] = [];
  let failures = 2;
  const store = aStore(
    startingAll(([token = '']) => {
      tokens.push(token);
      expect(isClaiming(message.runId)).toBe(true);
      if (failures-- > 0) throw new StorageUnavailable('no answer');
    }),
  );
  const message = aMessage();
  const { claim, isClaiming } = createClaiming(store, aMembership());
  const token = randomUUID();
  expect(await claim(message, token)).toMatchObject({ kind: 'started', run: { runId: message.runId } });
  expect(tokens).toEqual([token, token, token]);
  expect(isClaiming(message.runId)).toBe(false);
});

test('HO-2 of two messages of one run one may be told that it started', async () => {
  const { claim } = createClaiming(aStore(startingAll()), aMembership());
  const runId = randomUUID();
  const answers = await Promise.all([
    claim(aMessage(runId), randomUUID()),
    claim(aMessage(runId), randomUUID()),
  ]);
  expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['started', 'undecided']);
});

test('LV-6 whoever is not alive in the ledger claims nothing', async () => {
  const membership = aMembership();
  membership.lose();
  let asked = 0;
  const { claim } = createClaiming(aStore(startingAll(() => asked++)), membership);
  expect(await claim(aMessage(), randomUUID())).toMatchObject({ kind: 'refused' });
  expect(asked).toBe(0);
});

test('LV-6 a claim that was in flight when its worker was declared dead starts nothing', async () => {
  const membership = aMembership();
  const { claim } = createClaiming(aStore(startingAll(() => membership.lose())), membership);
  expect(await claim(aMessage(), randomUUID())).toMatchObject({ kind: 'refused' });

  const back = aMembership();
  const rejoining = createClaiming(aStore(startingAll(() => void back.join())), back);
  expect(await rejoining.claim(aMessage(), randomUUID())).toMatchObject({ kind: 'refused' });
});

test('a claim that is never answered is given up, and not in flight any more', async () => {
  const refusing = startingAll(() => {
    throw new StorageUnavailable('no answer');
  });
  const { claim, isClaiming } = createClaiming(aStore(refusing), aMembership());
  const message = aMessage();
  await expect(claim(message, randomUUID())).rejects.toThrow('no answer');
  expect(isClaiming(message.runId)).toBe(false);
});
