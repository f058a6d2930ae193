import { expect, test } from 'vitest';
import { createChance } from './chance.ts';
import { catalogue } from './faults/catalogue.ts';
import { planFaults } from './faults/plan-faults.ts';

const plan = (seed: number) =>
  planFaults(catalogue, { durationMs: 600_000, perMinute: 24 }, createChance(seed).fork('faults'));

test('the same seed gives the same faults, aimed alike, and another seed gives others', () => {
  const told = (seed: number) => plan(seed).map(({ atMs, kind, chance }) => [atMs, kind.name, chance.next()]);
  expect(told(7)).toEqual(told(7));
  expect(told(7)).not.toEqual(told(8));
});

test('ten minutes have faults enough, and of nearly every kind', () => {
  const faults = plan(7);
  expect(faults.length).toBeGreaterThan(180);
  expect(new Set(faults.map(({ kind }) => kind.name)).size).toBeGreaterThan(catalogue.length * 0.8);
});

test('a fork depends on its name, and not on what was drawn before', () => {
  const chance = createChance('a');
  const before = chance.fork('b').next();
  chance.next();
  expect(chance.fork('b').next()).toBe(before);
  expect(chance.fork('c').next()).not.toBe(before);
});
