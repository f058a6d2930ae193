import { expect, test } from 'vitest';
import { z } from 'zod';
import { fieldErrors } from './field-error.ts';
import { knownKeys } from './known-keys.ts';

const host = z.strictObject({ name: z.string().max(8), port: z.int().min(1).max(65_535).default(80) });
const schema = z.strictObject({
  title: z.string().min(1).optional(),
  size: z.enum(['small', 'large']).nullable(),
  hosts: z.array(host).max(2).default([]),
  labels: z.record(z.string().regex(/^[a-z]+$/, 'a label is lower-case'), host),
  limits: z.strictObject({ memory: z.number() }).prefault({ memory: 1 }),
  target: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('file'), file: z.string() }),
      z.strictObject({ kind: z.literal('mail'), address: z.string() }),
    ])
    .optional(),
});
const valid = { size: null, labels: {} };

function errorsOf(document: unknown) {
  const { error } = schema.safeParse(document);
  return error === undefined ? [] : fieldErrors(error, schema, document);
}

test.each([
  [{ titel: 'x' }, 'titel', 'title'],
  [{ limits: { memroy: 1, memory: 1 } }, 'limits.memroy', 'memory'],
  [{ hosts: [{ name: 'a' }, { name: 'b', prot: 1 }] }, 'hosts.1.prot', 'port'],
  [{ labels: { a: { name: 'a', nam: 'b' } } }, 'labels.a.nam', 'name'],
  [{ target: { kind: 'mail', address: 'a', adress: 'b' } }, 'target.adress', 'address'],
])('an unknown key in %j is named with the nearest known one', (part, path, meant) => {
  const key = path.split('.').at(-1);
  expect(errorsOf({ ...valid, ...part })).toEqual([
    { path, message: `unknown key "${key}": did you mean "${meant}"?`, nearest: meant },
  ]);
});

test('a key that is near to none is answered with all that are known there', () => {
  expect(errorsOf({ ...valid, limits: { memory: 1, colour: 1 } })).toEqual([
    { path: 'limits.colour', message: 'unknown key "colour": known are memory' },
  ]);
});

test('a key where none is known is refused without a list', () => {
  const empty = z.strictObject({});
  const { error } = empty.safeParse({ x: 1 });
  expect(error && fieldErrors(error, empty, { x: 1 })).toEqual([
    { path: 'x', message: 'unknown key "x": none is taken here' },
  ]);
});

test('a number that came as text is shown, not measured', () => {
  const query = z.strictObject({ limit: z.coerce.number().max(200) });
  const { error } = query.safeParse({ limit: '99999' });
  expect(error && fieldErrors(error, query, { limit: '99999' })).toEqual([
    { path: 'limit', message: '99999: at most 200 are allowed', value: '99999' },
  ]);
});

test.each([
  [{ size: 'smal' }, 'size', 'smal', '"smal": allowed are "small", "large"'],
  [{ size: undefined }, 'size', undefined, 'missing: allowed are "small", "large"'],
  [{ hosts: 'a' }, 'hosts', 'a', '"a": a list is needed'],
  [{ hosts: [{}] }, 'hosts.0.name', undefined, 'missing: a string is needed'],
  [{ hosts: [null] }, 'hosts.0', undefined, 'null: an object is needed'],
  [{ hosts: [{ name: 'a', port: 0 }] }, 'hosts.0.port', 0, '0: at least 1 is needed'],
  [{ hosts: [{ name: 'a', port: 1.5 }] }, 'hosts.0.port', 1.5, '1.5: a whole number is needed'],
  [{ hosts: [{ name: 'a', port: 70_000 }] }, 'hosts.0.port', 70_000, '70000: at most 65535 are allowed'],
  [
    { hosts: [{ name: 'longer than' }] },
    'hosts.0.name',
    'longer than',
    '11 characters: at most 8 are allowed',
  ],
  [{ hosts: [1, 2, 3].map(() => ({ name: 'a' })) }, 'hosts', undefined, '3 items: at most 2 are allowed'],
  [{ title: '' }, 'title', '', '0 characters: at least 1 is needed'],
  [{ title: ['x'] }, 'title', undefined, 'a list: a string is needed'],
  [{ title: false }, 'title', false, 'false: a string is needed'],
  [{ labels: { A1: { name: 'a' } } }, 'labels.A1', 'A1', 'a label is lower-case'],
  [{ labels: [] }, 'labels', undefined, 'a list: an object is needed'],
])('%j: the place, the value, and what is right', (part, path, value, message) => {
  const [error, ...others] = errorsOf({ ...valid, ...part });
  expect(others).toEqual([]);
  expect(error).toMatchObject({ path, message });
  expect(error?.value).toBe(value);
});

test('a wrong value is answered with the nearest one', () => {
  expect(errorsOf({ ...valid, size: 'lareg' })[0]?.nearest).toBe('large');
  expect(errorsOf({ ...valid, size: 'medium' })[0]).not.toHaveProperty('nearest');
});

test('a check may propose a value', () => {
  const even = z.object({ n: z.int() }).superRefine(({ n }, context) => {
    const params = { nearest: String(n + 1) };
    if (n % 2 === 1) context.addIssue({ code: 'custom', path: ['n'], message: 'odd', params });
  });
  const { error } = even.safeParse({ n: 3 });
  expect(error && fieldErrors(error, even, { n: 3 })).toEqual([
    { path: 'n', message: 'odd', value: 3, nearest: '4' },
  ]);
});

test('a long value is shortened', () => {
  const [error] = errorsOf({ ...valid, size: 'x'.repeat(1_000) });
  expect(error?.message).toBe('a long text: allowed are "small", "large"');
  expect(error?.value).toHaveLength(201);
});

test('the document itself may be what is wrong', () => {
  expect(errorsOf(null)).toEqual([{ path: '', message: 'null: an object is needed' }]);
  expect(errorsOf('x')).toEqual([{ path: '', message: '"x": an object is needed', value: 'x' }]);
});

test('no keys are known where there is no object', () => {
  expect(knownKeys(schema, ['title'])).toEqual([]);
  expect(knownKeys(schema, ['nowhere', 'at', 'all'])).toEqual([]);
  expect(knownKeys(schema, ['title', 'deeper'])).toEqual([]);
});
