import { expect, test } from 'vitest';
import { formatOf, type JobFormat } from './job-text.ts';
import { parseJobText } from './parse-job-text.ts';

function documentsIn(text: string, format: JobFormat): unknown[] {
  return parseJobText({ name: `jobs.${format}`, format, text }).map(({ document }) => document);
}

const toml = `
[[jobs]]
id = "nightly-report"
schedule = { at = 2027-03-14T09:00:00, zone = "Europe/Berlin" }
turn = { argv = ["make", "report"], env = { LANG = "C" } }

[[jobs]]
id = "explain-failure"
after = { job = "nightly-report", on = "failure" }
turn.shell = "echo why"
`;
const yaml = `
jobs:
  - id: nightly-report
    schedule: { at: 2027-03-14T09:00:00, zone: Europe/Berlin }
    turn: { argv: [make, report], env: { LANG: C } }
  - id: explain-failure
    after: { job: nightly-report, on: failure }
    turn: { shell: echo why }
`;
const json = JSON.stringify({
  jobs: [
    {
      id: 'nightly-report',
      schedule: { at: '2027-03-14T09:00:00', zone: 'Europe/Berlin' },
      turn: { argv: ['make', 'report'], env: { LANG: 'C' } },
    },
    {
      id: 'explain-failure',
      after: { job: 'nightly-report', on: 'failure' },
      turn: { shell: 'echo why' },
    },
  ],
});

test('three formats say one thing', () => {
  const expected: unknown = JSON.parse(json).jobs;
  expect(documentsIn(toml, 'toml')).toEqual(expected);
  expect(documentsIn(yaml, 'yaml')).toEqual(expected);
  expect(documentsIn(json, 'json')).toEqual(expected);
});

test.each([
  ['toml', toml],
  ['yaml', yaml],
  ['json', json],
  ['toml', '# comment\n\nid = "a"\n'],
  ['toml', '[turn]\nshell = "true"\n'],
  ['json', '\n [ {"id": "a"} ]'],
  ['yaml', '- id: a\n'],
  ['yaml', '---\nid: a\n'],
] as const)('text without a name is recognised as %s', (format, text) => {
  expect(formatOf('stdin', text)).toBe(format);
});

test.each([
  ['a.yml', 'yaml'],
  ['a.YAML', 'yaml'],
  ['jobs.d/a.toml', 'toml'],
  ['a.json', 'json'],
])('%s is %s whatever is in it', (name, format) => {
  expect(formatOf(name, '???')).toBe(format);
});

test.each(['id: a', '- id: a', 'jobs: [{ id: a }]', '---\nid: a\n---\n'])(
  'a job may stand alone or in a list: %j',
  (text) => {
    expect(documentsIn(text, 'yaml')).toEqual([{ id: 'a' }]);
  },
);

test('a stream of YAML documents is a list of jobs', () => {
  expect(documentsIn('id: a\n---\nid: b\n', 'yaml')).toEqual([{ id: 'a' }, { id: 'b' }]);
});

test('dates and times of TOML become the text that they were written as', () => {
  const [document] = documentsIn('a = 2027-03-14T09:00:00Z\nb = 2027-03-14\nc = [09:30:00]\n', 'toml');
  expect(document).toEqual({ a: '2027-03-14T09:00:00Z', b: '2027-03-14', c: ['09:30:00'] });
});

test('YAML has neither dates nor merge keys, and yes is a word', () => {
  expect(documentsIn('at: 2027-03-14\nyes: yes\n<<: { id: b }\n', 'yaml')).toEqual([
    { at: '2027-03-14', yes: 'yes', '<<': { id: 'b' } },
  ]);
});

test('aliases cannot blow a small file up', () => {
  const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level++) {
    const alias = `*a${level - 1}`;
    bomb.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => alias).join(', ')}]`);
  }
  expect(() => documentsIn(bomb.join('\n'), 'yaml')).toThrow(/jobs\.yaml: is not valid YAML: .*alias/i);
});

test.each([
  ['toml', 'a = ', /jobs\.toml: is not valid TOML: line 1: /],
  ['yaml', 'a: [1', /jobs\.yaml: is not valid YAML: .* at line 1/],
  ['yaml', 'a: 1\na: 2', /jobs\.yaml: is not valid YAML: Map keys must be unique/],
  ['yaml', 'a: !mine x', /jobs\.yaml: is not valid YAML: .*tag/i],
  ['json', '{"a": }', /jobs\.json: is not valid JSON: /],
  ['json', '7', /jobs\.json: holds number: a job, a list of jobs/],
  ['yaml', '', /jobs\.yaml: has no jobs in it/],
  ['toml', '# nothing', /jobs\.toml: has no jobs in it/],
  ['toml', 'version = 1\n[[jobs]]\nid = "a"', /jobs\.toml: unknown key "version" beside "jobs"/],
  ['yaml', 'jobs: { id: a }', /jobs\.yaml: "jobs" is not a list/],
] as const)('%s %j is refused in one line', (format, text, message) => {
  const error = catchError(() => documentsIn(text, format));
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('\n');
});

function catchError(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}
