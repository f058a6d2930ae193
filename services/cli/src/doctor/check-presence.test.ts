import { expect, test } from 'vitest';
import { checkPresence } from './check-presence.ts';

const says = (workers: number, silentWorkers: number, schedulers = 1) =>
  checkPresence({ workers, silentWorkers, schedulers }).map(
    ({ verdict, says: words }) => `${verdict}: ${words}`,
  );

test.each([
  [2, 0, 'fine: 2 workers are at work'],
  [0, 0, 'wrong: no worker is at work'],
  [1, 1, 'wrong: 1 worker is at work, 1 worker is silent for 10 s or longer'],
  [0, 2, 'wrong: no workers are at work, 2 workers are silent for 10 s or longer'],
])('%d workers and %d silent ones: %s', (workers, silent, words) => {
  expect(says(workers, silent)).toEqual(['fine: a scheduler is at work', words]);
});

test('without a scheduler it says what does not happen', () => {
  expect(says(1, 0, 0)[0]).toBe('wrong: no scheduler is at work, nothing is planned, handed out or watched');
});
