import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { type NewEnding, type Pairing, pairEndings, type WaitingEnding } from './pair-endings.ts';

const parents = ['b', 'c', 'd'];
const everyOne = parents;

/** `b1` is a run of b below the root 1, `b1'` another one. */
function ending(name: string, kin: readonly string[]): NewEnding {
  const [parentJobId = '', rootId = ''] = name;
  return { parentJobId, rootId, runId: name, depth: 1, kin };
}

const related = (names: string) => names.split(' ').map((name) => ending(name, everyOne));
const unrelated = (names: string) => names.split(' ').map((name) => ending(name, []));
const setsOf = ({ complete }: Pairing) =>
  complete.map(({ endings }) => endings.map(({ runId }) => runId).join(' '));
const waitingOf = ({ waiting }: Pairing) => waiting.map(({ runId }) => runId).join(' ');

test('what descends from one root waits for the others of it', () => {
  const result = pairEndings(parents, [], related('b1 c2 d1 b2 c1 d2'));
  expect(setsOf(result)).toEqual(['b1 c1 d1', 'b2 c2 d2']);
  expect(result.complete.map(({ last }) => last.runId)).toEqual(['c1', 'd2']);
  expect(result.waiting).toEqual([]);
});

test('a root that never completes its set keeps no other from it', () => {
  const result = pairEndings(parents, [], related('b1 c1 b2 c2 d2'));
  expect(setsOf(result)).toEqual(['b2 c2 d2']);
  expect(waitingOf(result)).toBe('b1 c1');
});

test('of what has no common root the newest of each parent counts, once', () => {
  const result = pairEndings(parents, [], unrelated('b1 c2 c3 b4 d5 d6'));
  expect(setsOf(result)).toEqual(['b4 c3 d5']);
  expect(waitingOf(result)).toBe('d6');
});

test('some with a common root count together, beside one without', () => {
  const arrived = [
    ...['b1', 'b2', 'c2'].map((name) => ending(name, ['b', 'c'])),
    ending('d9', ['d']),
    ending('c1', ['b', 'c']),
    ending('d8', []),
  ];
  expect(setsOf(pairEndings(parents, [], arrived.slice(0, 4)))).toEqual(['b2 c2 d9']);
  expect(setsOf(pairEndings(parents, [], arrived))).toEqual(['b2 c2 d9', 'b1 c1 d8']);
});

test('a run again of a parent takes the place of the one before it, below the same root', () => {
  expect(setsOf(pairEndings(parents, [], related("b1 b1' c1 d1")))).toEqual(["b1' c1 d1"]);
});

const names = fc.array(
  fc.tuple(fc.constantFrom(...parents), fc.constantFrom('1', '2', '3', '4')).map((parts) => parts.join('')),
  { maxLength: 40 },
);
const families = fc.constantFrom<readonly string[]>([], ['b', 'c'], everyOne);
/** The kin is that of the root, whichever of its runs ends. */
const arrivals = fc
  .tuple(names, fc.array(families, { minLength: 5, maxLength: 5 }))
  .map(([list, kin]) =>
    list.map((name, index) => ({ ...ending(name, kin[Number(name[1])] ?? []), runId: `${name}.${index}` })),
  );

property.prop([arrivals, fc.array(fc.nat({ max: 40 }))])(
  'TX-3 any split of the same endings gives the same sets',
  (arrived, cuts) => {
    const borders = [...new Set([0, ...cuts, arrived.length])].sort((left, right) => left - right);
    const sets: string[] = [];
    let waiting: readonly WaitingEnding[] = [];
    for (const [index, border] of borders.entries()) {
      const result = pairEndings(parents, waiting, arrived.slice(border, borders[index + 1]));
      sets.push(...setsOf(result));
      waiting = result.waiting;
    }
    const whole = pairEndings(parents, [], arrived);
    expect(sets).toEqual(setsOf(whole));
    expect(new Set(waiting)).toEqual(new Set(whole.waiting));
  },
);

property.prop([arrivals])('each set has one of each parent, and no ending is in two places', (arrived) => {
  const { complete, waiting } = pairEndings(parents, [], arrived);
  for (const { endings } of complete) expect(endings.map(({ parentJobId }) => parentJobId)).toEqual(parents);
  const used = [...complete.flatMap(({ endings }) => endings), ...waiting].map(({ runId }) => runId);
  expect(new Set(used).size).toBe(used.length);
  const places = waiting.map(({ parentJobId, rootId, isBound }) => `${parentJobId} ${isBound ? rootId : ''}`);
  expect(new Set(places).size).toBe(places.length);
});

property.prop([names])(
  'a diamond: a set of a root as soon as each of its parents has ended below it',
  (list) => {
    const arrived = list.map((name, index) => ({ ...ending(name, everyOne), runId: `${name}.${index}` }));
    const expected: string[] = [];
    const seen = new Map<string, Map<string, string>>();
    for (const { parentJobId, rootId, runId } of arrived) {
      const ofRoot = seen.get(rootId) ?? new Map<string, string>();
      seen.set(rootId, ofRoot.set(parentJobId, runId));
      if (ofRoot.size < parents.length) continue;
      expected.push(parents.map((parent) => ofRoot.get(parent)).join(' '));
      seen.delete(rootId);
    }
    expect(setsOf(pairEndings(parents, [], arrived))).toEqual(expected);
  },
);

property.prop([names])('strangers: a set as soon as each has ended since the set before', (list) => {
  const arrived = list.map((name, index) => ({ ...ending(name, []), runId: `${name}.${index}` }));
  const expected: string[] = [];
  let since = 0;
  for (const index of arrived.keys()) {
    const stretch = arrived.slice(since, index + 1).reverse();
    const newest = parents.map((parent) => stretch.find(({ parentJobId }) => parentJobId === parent)?.runId);
    if (newest.includes(undefined)) continue;
    expected.push(newest.join(' '));
    since = index + 1;
  }
  expect(setsOf(pairEndings(parents, [], arrived))).toEqual(expected);
});
