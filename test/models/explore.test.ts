import { expect, test } from 'vitest';
import { explore } from './explore.ts';
import type { Model } from './model.ts';

/** Two actors add to one number by reading it, then writing it back: the lost update of every textbook. */
interface Counter {
  readonly stored: number;
  readonly read: readonly (number | undefined)[];
  readonly done: readonly boolean[];
}

function counter({ limit }: { limit: number }): Model<Counter> {
  return {
    start: { stored: 0, read: [undefined, undefined], done: [false, false] },
    actions: [0, 1].flatMap((actor) => [
      {
        name: `actor ${actor} reads`,
        enabled: ({ read, done }: Counter) => read[actor] === undefined && done[actor] === false,
        next: ({ read, stored }: Counter) => ({ read: read.with(actor, stored) }),
      },
      {
        name: `actor ${actor} writes`,
        enabled: ({ read }: Counter) => read[actor] !== undefined,
        next: ({ read, done }: Counter) => ({
          stored: (read[actor] ?? 0) + 1,
          read: read.with(actor, undefined),
          done: done.with(actor, true),
        }),
      },
    ]),
    checks: [
      {
        name: 'LOST UPDATE',
        means: 'both are done and one is not counted',
        broken: ({ after }) => after.done.every(Boolean) && after.stored < limit,
      },
    ],
  };
}

test('a shortest way to a violation is told', () => {
  const { end, violations } = explore(counter({ limit: 2 }), { stateLimit: 100, expected: ['LOST UPDATE'] });
  expect(end).toBe('found');
  expect(violations).toEqual([
    {
      check: 'LOST UPDATE',
      means: 'both are done and one is not counted',
      steps: ['actor 0 reads', 'actor 1 reads', 'actor 0 writes', 'actor 1 writes'],
    },
  ]);
});

test('without a violation every state is met, and only once', () => {
  const { states, end, violations } = explore(counter({ limit: 1 }), { stateLimit: 100, expected: [] });
  expect({ states, end, violations }).toEqual({ states: 12, end: 'exhausted', violations: [] });
});

test('of twins one is explored', () => {
  const twin = ({ stored, read, done }: Counter): Counter => ({
    stored,
    read: read.toReversed(),
    done: done.toReversed(),
  });
  const { states } = explore({ ...counter({ limit: 1 }), twin }, { stateLimit: 100, expected: [] });
  expect(states).toBe(8);
});

test('a run that meets its limit says that it is bounded', () => {
  const { states, end } = explore(counter({ limit: 1 }), { stateLimit: 5, expected: [] });
  expect({ states, end }).toEqual({ states: 5, end: 'bounded' });
});

test('a violation that nobody expects ends the run', () => {
  const { end, violations } = explore(counter({ limit: 2 }), { stateLimit: 100, expected: ['ELSE', 'MORE'] });
  expect({ end, names: violations.map(({ check }) => check) }).toEqual({
    end: 'found',
    names: ['LOST UPDATE'],
  });
});
