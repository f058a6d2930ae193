import { expect, test } from 'vitest';
import { callFlotilla } from '../../testing/call-flotilla.ts';

const spring = [
  '--cron',
  '30 2 * * *',
  '--zone',
  'America/New_York',
  '--from',
  '2027-03-12T12:00:00Z',
  '--count',
  '3',
];

test('ticks after --from, odd days marked, without a server', async () => {
  const called = await callFlotilla(['jobs', 'preview', ...spring, '--json']);
  expect(called).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(called.stdout)).toEqual({
    items: [
      { tickAt: '2027-03-13T07:30:00.000Z', local: '2027-03-13T02:30:00-05:00', note: null },
      { tickAt: '2027-03-14T07:00:00.000Z', local: '2027-03-14T03:00:00-04:00', note: 'gap' },
      { tickAt: '2027-03-15T06:30:00.000Z', local: '2027-03-15T02:30:00-04:00', note: null },
    ],
  });
});

test('--from itself is no tick after it, and without an offset it is read in the zone', async () => {
  const words = [
    'jobs',
    'preview',
    '--every',
    '1h',
    '--zone',
    'Asia/Tokyo',
    '--from',
    '2027-01-01T09:00',
    '--count',
    '1',
    '--json',
  ];
  const { stdout } = await callFlotilla(words);
  expect(JSON.parse(stdout).items).toEqual([
    { tickAt: '2027-01-01T01:00:00.000Z', local: '2027-01-01T10:00:00+09:00', note: null },
  ]);
});

test('a table shows what clocks in the zone show', async () => {
  const { stdout } = await callFlotilla(['jobs', 'preview', ...spring]);
  expect(stdout.split('\n')).toEqual([
    'America/New_York                UTC',
    'Sat 2027-03-13 02:30:00 -05:00  2027-03-13 07:30:00',
    'Sun 2027-03-14 03:00:00 -04:00  2027-03-14 07:00:00  gap: clocks skip this time',
    'Mon 2027-03-15 02:30:00 -04:00  2027-03-15 06:30:00',
    '',
  ]);
});

test('a time that comes twice is one tick, or both', async () => {
  const autumn = [
    'jobs',
    'preview',
    '--cron',
    '30 1 * * *',
    '--zone',
    'America/New_York',
    '--from',
    '2027-11-07T00:00',
    '--count',
    '2',
    '--json',
  ];
  const notes = async (words: readonly string[]) =>
    (JSON.parse((await callFlotilla(words)).stdout).items as { note: unknown }[]).map(({ note }) => note);
  expect(await notes(autumn)).toEqual(['fold', null]);
  expect(await notes([...autumn, '--fold', 'both'])).toEqual(['fold', 'fold']);
});

test('a schedule that has ended has no ticks', async () => {
  const called = await callFlotilla(['jobs', 'preview', '--at', '2020-01-01T00:00:00Z']);
  expect(called).toEqual({ code: 0, stdout: 'no tick is to come\n', stderr: '' });
});

test.each([
  [[], /^flotilla: name a job, or give one of --cron, --every and --at\n$/],
  [['--cron', '0 0 31 2'], /^flotilla: --cron: /],
  [['--cron', '@daily', '--zone', 'Berlin'], /^flotilla: --zone: .*Europe\/Berlin/],
  [['--cron', '@daily', '--from', 'yesterday'], /^flotilla: --from: "yesterday" is not an instant/],
  [['--cron', '@daily', '--count', '0'], /^flotilla: option '--count <count>' argument '0' is invalid/],
  [['--cron', '@daily', '--every', '5m'], /^flotilla: exactly one of cron, every and at is needed/],
  [['job', '--cron', '@daily'], /^flotilla: "job" has a schedule of its own/],
])('preview %j is a usage error', async (words, message) => {
  expect(await callFlotilla(['jobs', 'preview', ...words])).toMatchObject({
    code: 2,
    stdout: '',
    stderr: expect.stringMatching(message),
  });
});
