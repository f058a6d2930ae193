import { expect, test } from 'vitest';
import { parseJob } from './job.ts';
import { refuseNotYet } from './not-yet.ts';

const minimal = { id: 'a', turn: { shell: 'true' } };

function errorsOf(input: unknown) {
  const parsed = parseJob(input);
  return parsed.ok ? [] : parsed.errors.map(({ path, message }) => `${path}: ${message}`);
}

test.each(['requires', 'ttl', 'deleteAfterRun', 'alert', 'approval', 'context', 'deliver', 'watch'])(
  '%s is refused by its name, whatever it holds',
  (field) => {
    for (const value of [0, null, '', {}, []]) {
      expect(errorsOf({ ...minimal, [field]: value })).toEqual([
        `${field}: not yet: "${field}" is planned, and refused until something acts on it`,
      ]);
    }
  },
);

test.each([[{ turn: { shell: 'true', user: 'bob', limits: {} } }, ['turn.user', 'turn.limits']]])(
  '%j: planned fields inside others are refused by their path',
  (part, paths) => {
    expect(errorsOf({ ...minimal, ...part })).toEqual(
      paths.map((path) => `${path}: not yet: "${path}" is planned, and refused until something acts on it`),
    );
  },
);

test('what an agent turn will have one day is refused by name, and the rest of it is checked', () => {
  const turn = { agent: 'a', prompt: 'x', thinking: 'high', session: 'job', maxTokens: 0 };
  expect(errorsOf({ id: 'a', turn })).toEqual([
    'turn.thinking: not yet: "turn.thinking" is planned, and refused until something acts on it',
    'turn.session: not yet: "turn.session" is planned, and refused until something acts on it',
    'turn.maxTokens: 0: at least 1 is needed',
  ]);
});

test('a document without planned fields is passed on as it is', () => {
  for (const document of [minimal, null, 'text', [1], { overlap: 7, schedule: 'x', turn: null }]) {
    expect(refuseNotYet(document)).toEqual({ errors: [], rest: document, answered: new Set() });
  }
});

test('the document of the caller is left as it is', () => {
  const document = { ...minimal, turn: { shell: 'true', limits: { cpu: 1 }, stdin: 'y' } };
  const before = JSON.parse(JSON.stringify(document));
  expect(refuseNotYet(document).rest).toEqual({ ...minimal, turn: { shell: 'true', stdin: 'y' } });
  expect(document).toEqual(before);
});
