import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import type { FieldError } from './field-error.ts';
import { completeDocument, type JobDocument, maxBacklog, parseJob, resolveJob } from './job.ts';
import { overlaps } from './overlap.ts';

const turn = { shell: 'make report' };
const minimal = { id: 'nightly-report', turn };

function documentOf(input: unknown): JobDocument {
  const parsed = parseJob(input);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.document;
}

function errorsOf(input: unknown): readonly FieldError[] {
  const parsed = parseJob(input);
  return parsed.ok ? [] : parsed.errors;
}

/** `path: message` of each error. */
function linesOf(input: unknown): string[] {
  return errorsOf(input).map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
}

test('a job is a name and a command: all else has a default', () => {
  expect(documentOf(minimal)).toEqual({
    id: 'nightly-report',
    name: 'nightly-report',
    tags: [],
    enabled: true,
    guarantee: 'at-most-once',
    overlap: 'skip',
    backlog: 25,
    pool: 'default',
    priority: 0,
    turn: {
      shell: 'make report',
      shellPath: '/bin/sh',
      env: {},
      secrets: [],
      timeout: '10m',
      killAfter: '5s',
      outputLimit: '8MiB',
    },
    retry: { attempts: 1, delay: '30s', factor: 2, max: '1h', on: ['failed', 'timed_out'] },
  });
});

const full = {
  id: 'nightly-report',
  name: 'Nightly report',
  description: 'What happened today',
  tags: ['team:ops', 'daily'],
  enabled: false,
  guarantee: 'at-least-once',
  overlap: 'queue',
  backlog: 3,
  pool: 'gpu.large',
  priority: -7,
  startWithin: '10m',
  schedule: {
    cron: '0 2 * * 1-5',
    zone: 'Europe/Berlin',
    gap: 'shift',
    fold: 'both',
    spread: '5m',
    catchUp: { policy: 'all', window: '6h', limit: 10, pace: '2s' },
    from: '2027-01-01T00:00:00',
    until: '2028-01-01T00:00:00Z',
  },
  turn: {
    argv: ['make', 'report', ''],
    shellPath: '/bin/bash',
    cwd: '/srv/reports',
    env: { LANG: 'C' },
    secrets: ['TOKEN'],
    stdin: 'yes\n',
    umask: '022',
    timeout: '20m',
    killAfter: '10s',
    outputLimit: '64KiB',
  },
  retry: { attempts: 3, delay: '10s', factor: 1.5, max: '10m', on: ['timed_out'] },
  after: { job: 'import', on: 'complete', delay: '10s' },
} as const;

test('every field is kept as it was written', () => {
  expect(documentOf(full)).toEqual(full);
});

test('decisions see milliseconds and bytes', () => {
  expect(resolveJob(documentOf(full))).toMatchObject({
    slug: 'nightly-report',
    enabled: false,
    guarantee: 'at-least-once',
    overlap: 'queue',
    backlog: 3,
    pool: 'gpu.large',
    priority: -7,
    startWithinMs: 600_000,
    schedule: {
      kind: 'cron',
      spreadMs: 300_000,
      catchUp: { policy: 'all', windowMs: 21_600_000, limit: 10, paceMs: 2_000 },
    },
    turn: {
      command: { argv: ['make', 'report', ''] },
      cwd: '/srv/reports',
      stdin: 'yes\n',
      umask: '022',
      timeoutMs: 1_200_000,
      killAfterMs: 10_000,
      outputLimitBytes: 65_536,
    },
    retry: { attempts: 3, delayMs: 10_000, factor: 1.5, maxMs: 600_000, on: ['timed_out'] },
    trigger: { parents: ['import'], join: 'any', on: 'complete', condition: null, delayMs: 10_000 },
  });
  expect(resolveJob(documentOf(minimal))).toMatchObject({
    overlap: 'skip',
    backlog: 25,
    pool: 'default',
    priority: 0,
    startWithinMs: null,
    schedule: null,
    trigger: null,
    turn: { command: { shellPath: '/bin/sh', script: 'make report' }, cwd: null, stdin: null, umask: null },
  });
});

const text = (maxLength: number) => fc.string({ unit: 'grapheme', minLength: 1, maxLength });
const durations = fc.constantFrom('1s', '60s', '90m', '1h', '1500ms', '24h');
const documents = fc.record(
  {
    id: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/),
    name: text(40),
    description: text(40),
    tags: fc.array(fc.stringMatching(/^[\w.:/-]{1,64}$/), { maxLength: 3 }),
    enabled: fc.boolean(),
    guarantee: fc.constantFrom('at-most-once', 'at-least-once'),
    overlap: fc.constantFrom(...overlaps),
    backlog: fc.integer({ min: 1, max: maxBacklog }),
    pool: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/),
    priority: fc.integer({ min: -100, max: 100 }),
    startWithin: durations,
    schedule: fc.oneof(
      fc.record({ cron: fc.constantFrom(' 0  2 * * *', '@daily') }),
      fc.record({ every: durations, anchor: fc.constant('2027-01-01 05:00') }, { requiredKeys: ['every'] }),
      fc.record({ at: fc.constantFrom('2027-03-14T02:30+01:00', '2027-03-14'), spread: durations }),
    ),
    turn: fc.record(
      {
        shell: text(40),
        env: fc.dictionary(fc.stringMatching(/^[A-Z]{1,9}$/), text(9), { noNullPrototype: true }),
        timeout: durations,
        outputLimit: fc.constantFrom('1024KiB', '1B'),
      },
      { requiredKeys: ['shell'] },
    ),
    retry: fc.record({ delay: durations, factor: fc.integer({ min: 1, max: 10 }) }, { requiredKeys: [] }),
    after: fc.oneof(
      fc.record({ job: fc.constant('the.parent'), delay: durations }, { requiredKeys: ['job'] }),
      fc.record({ jobs: fc.constant(['one', 'two']), when: fc.constant({ matches: 'a+' }) }),
    ),
  },
  { requiredKeys: ['id', 'turn'] },
);

test.prop([documents])('a document that is read, stored and read again stays the same', (input) => {
  const document = documentOf(input);
  expect(documentOf(document)).toEqual(document);
  expect(documentOf(JSON.parse(JSON.stringify(document)))).toEqual(document);
});

test('a document of an earlier release says the defaults of fields that it lacks', () => {
  const document = documentOf({ ...minimal, schedule: { cron: '@daily' } });
  const { backlog: _, priority: __, schedule, ...rest } = document;
  const { pace: ___, ...catchUp } = schedule?.catchUp ?? { pace: '' };
  const stored = { ...rest, schedule: { ...schedule, catchUp } } as JobDocument;
  expect(completeDocument(stored)).toEqual(document);
  const refused = { ...stored, turn: { ...stored.turn, timeout: 'for ever' } } as JobDocument;
  expect(completeDocument(refused)).toEqual({ ...refused, backlog: 25, priority: 0 });
});

test.each([
  [{ schedul: { cron: '@daily' } }, 'schedul', 'schedule'],
  [{ schedule: { cron: '@daily', zoen: 'UTC' } }, 'schedule.zoen', 'zone'],
  [{ schedule: { cron: '@daily', catchUp: { polcy: 'all' } } }, 'schedule.catchUp.polcy', 'policy'],
  [{ turn: { ...turn, timout: '1s' } }, 'turn.timout', 'timeout'],
  [{ retry: { attempt: 3 } }, 'retry.attempt', 'attempts'],
  [{ after: { job: 'x', dealy: '1s' } }, 'after.dealy', 'delay'],
  [{ after: { job: 'x', when: { contains: 'a', matchs: 'a' } } }, 'after.when.matchs', 'matches'],
])('%j: the unknown key is named with the nearest known one', (part, path, meant) => {
  expect(errorsOf({ ...minimal, ...part })).toEqual([
    {
      path,
      message: `unknown key "${path.split('.').at(-1)}": did you mean "${meant}"?`,
      nearest: meant,
    },
  ]);
});

test.each([
  [{ overlap: 'skp' }, 'overlap', 'skip'],
  [{ overlap: 'lastest' }, 'overlap', 'latest'],
  [{ guarantee: 'at-least-onc' }, 'guarantee', 'at-least-once'],
  [{ retry: { on: ['failed', 'timedout'] } }, 'retry.on.1', 'timed_out'],
  [{ after: { job: 'x', on: 'sucess' } }, 'after.on', 'success'],
  [{ schedule: { cron: '@daily', zone: 'Berlin' } }, 'schedule.zone', 'Europe/Berlin'],
  [{ schedule: { cron: '@daily', catchUp: { policy: 'last' } } }, 'schedule.catchUp.policy', 'latest'],
])('%j: the wrong value is answered with the nearest one', (part, path, meant) => {
  expect(errorsOf({ ...minimal, ...part })).toMatchObject([{ path, nearest: meant }]);
});

test.each([
  [null, 'null: an object is needed'],
  [{ turn }, 'id: missing: a string is needed'],
  [
    { ...minimal, id: 'Nightly report' },
    'id: an id is 1 to 64 of a-z, 0-9, ".", "_" and "-", and begins with a letter or a digit',
  ],
  [{ id: 'a' }, 'turn: missing: an object is needed'],
  [{ id: 'a', turn: 'make' }, 'turn: "make": an object is needed'],
  [{ id: 'a', turn: {} }, 'turn: a turn needs "shell" or "argv", or "agent" and "prompt"'],
  [
    { id: 'a', turn: { shell: 'x', argv: ['x'] } },
    'turn: a shell turn has exactly one of "shell" and "argv"',
  ],
  [{ id: 'a', turn: { argv: [] } }, 'turn.argv: 0 items: at least 1 is needed'],
  [{ id: 'a', turn: { argv: [''] } }, 'turn.argv.0: the program is empty'],
  [{ id: 'a', turn: { ...turn, cwd: 'reports' } }, 'turn.cwd: an absolute path is needed'],
  [{ id: 'a', turn: { ...turn, umask: '9' } }, 'turn.umask: a umask is three octal digits such as "022"'],
  [{ id: 'a', turn: { ...turn, timeout: 30 } }, 'turn.timeout: 30: a string is needed'],
  [{ id: 'a', turn: { ...turn, timeout: '8d' } }, 'turn.timeout: 8d is out of range: 1ms to 7d are allowed'],
  [
    { id: 'a', turn: { ...turn, outputLimit: '1GiB' } },
    'turn.outputLimit: 1GiB is out of range: 1B to 256MiB are allowed',
  ],
  [
    { id: 'a', turn: { ...turn, env: { '1A': '' } } },
    'turn.env.1A: a variable is named by letters, digits and "_"',
  ],
  [
    { id: 'a', turn: { ...turn, env: { FLOTILLA_X: '' } } },
    'turn.env.FLOTILLA_X: names that begin with FLOTILLA_ are set by Flotilla itself',
  ],
  [{ id: 'a', turn: { ...turn, env: { A: 1 } } }, 'turn.env.A: 1: a string is needed'],
  [
    { id: 'a', turn: { ...turn, env: { A: '1' }, secrets: ['A'] } },
    'turn.secrets.0: "A" is set in "env" too',
  ],
  [{ ...minimal, name: '' }, 'name: 0 characters: at least 1 is needed'],
  [{ ...minimal, tags: ['a b'] }, 'tags.0: a tag is 1 to 64 letters, digits, "_", ".", ":", "/" and "-"'],
  [{ ...minimal, backlog: 0 }, 'backlog: 0: at least 1 is needed'],
  [{ ...minimal, backlog: 1_001 }, 'backlog: 1001: at most 1000 are allowed'],
  [{ ...minimal, priority: 101 }, 'priority: 101: at most 100 are allowed'],
  [{ ...minimal, priority: -101 }, 'priority: -101: at least -100 is needed'],
  [{ ...minimal, startWithin: '999ms' }, 'startWithin: 999ms is out of range: 1s to 366d are allowed'],
  [
    { ...minimal, pool: 'GPU' },
    'pool: a pool is named by 1 to 64 of a-z, 0-9, ".", "_" and "-", and begins with a letter or a digit',
  ],
  [{ ...minimal, retry: { attempts: 0 } }, 'retry.attempts: 0: at least 1 is needed'],
  [{ ...minimal, retry: { attempts: 101 } }, 'retry.attempts: 101: at most 100 are allowed'],
  [{ ...minimal, retry: { factor: 0.5 } }, 'retry.factor: 0.5: at least 1 is needed'],
  [{ ...minimal, after: { job: 'nightly-report' } }, 'after.job: "nightly-report" cannot wait for itself'],
  [
    { ...minimal, after: { jobs: ['a', 'nightly-report'] } },
    'after.jobs.1: "nightly-report" cannot wait for itself',
  ],
  [{ ...minimal, after: {} }, 'after: exactly one of "job" and "jobs" is needed'],
  [{ ...minimal, schedule: {} }, 'schedule: exactly one of cron, every and at is needed: found none'],
])('%j is refused in words', (input, line) => expect(linesOf(input)).toEqual([line]));

test.each([
  { name: 'a\0b' },
  { description: '\ud800' },
  { turn: { shell: 'echo \0' } },
  { turn: { argv: ['a', '\0'] } },
  { turn: { shell: 'x', stdin: '\udc00' } },
  { turn: { shell: 'x', cwd: '/a\0' } },
  { turn: { shell: 'x', env: { A: '\0' } } },
])('%j: what the database cannot hold is refused', (part) => {
  expect(linesOf({ ...minimal, ...part })).toEqual([expect.stringContaining('a NUL character')]);
});

test('a variable may be named like what every object has', () => {
  expect(documentOf({ id: 'a', turn: { ...turn, secrets: ['constructor'] } }).turn).toMatchObject({
    secrets: ['constructor'],
  });
});

test('all that is wrong is said at once', () => {
  const input = {
    id: 'A',
    overlap: 'wait',
    enabled: 'yes',
    watch: {},
    colour: 'red',
    turn: { shell: 'x', timeout: '5 min', env: { 'a-b': '' } },
    schedule: { cron: '61 * * * *' },
    retry: { attempts: 0, dealy: '1s' },
  };
  expect(
    errorsOf(input)
      .map(({ path }) => path)
      .toSorted(),
  ).toEqual([
    'colour',
    'enabled',
    'id',
    'overlap',
    'retry.attempts',
    'retry.dealy',
    'schedule.cron',
    'turn.env.a-b',
    'turn.timeout',
    'watch',
  ]);
});
