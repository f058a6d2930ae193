import { expect, test } from 'vitest';
import { callFlotilla } from './testing/call-flotilla.ts';
import { startFakeApi } from './testing/fake-api.ts';

test.each([
  [['jobz'], "flotilla: unknown command 'jobz' (Did you mean jobs?)\n"],
  [['jobs', 'list', '--nope'], "flotilla: unknown option '--nope'\n"],
  [['jobs', 'show'], "flotilla: missing required argument 'id'\n"],
  [['jobs', 'show', 'a', 'b'], "flotilla: too many arguments for 'show'. Expected 1 argument but got 2.\n"],
  [
    ['runs', 'logs', 'a', '--stream', 'x'],
    "flotilla: option '--stream <stream>' argument 'x' is invalid. Allowed choices are stdout, stderr.\n",
  ],
  [['events'], 'flotilla: events are shown as they happen: flotilla events -f\n'],
])('%j is exit 2 and one line', async (words, stderr) => {
  expect(await callFlotilla(words)).toEqual({ code: 2, stdout: '', stderr });
});

test('help is no failure', async () => {
  const called = await callFlotilla(['jobs', 'add', '--help']);
  expect(called).toMatchObject({ code: 0, stderr: '' });
  expect(called.stdout).toContain('Usage: flotilla jobs add ID [options] -- COMMAND…');
});

test.each([['workers'], ['jobs', 'list'], ['runs', 'list'], ['events', '-f']])(
  '%s without a fleet is exit 5',
  async (...words) => {
    const called = await callFlotilla(words);
    expect(called).toMatchObject({ code: 5, stdout: '' });
    expect(called.stderr).toMatch(
      /^flotilla: no fleet is known here: start one with npm start, or set FLOTILLA_URL .*\n$/,
    );
  },
);

test('a fleet that is gone is exit 5, a wrong token exit 4', async () => {
  const api = await startFakeApi(() => ({ status: 401, body: { code: 'unauthorized', detail: 'x' } }));
  const environment = { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: 'secret-token' };
  const refused = await callFlotilla(['workers'], { environment });
  await api.close();
  const gone = await callFlotilla(['workers'], { environment });
  expect([refused.code, gone.code]).toEqual([4, 5]);
  expect(gone.stderr).toBe(`flotilla: ${api.url} cannot be reached (ECONNREFUSED): is FLOTILLA_URL right?\n`);
  expect(refused.stderr + gone.stderr).not.toContain('secret-token');
});

test('colours are for terminals, and not with NO_COLOR', async () => {
  const words = ['jobs', 'preview', '--every', '1h', '--count', '1'];
  const terminal = { columns: 100 };
  const colour = '\u001b[';
  expect((await callFlotilla(words, { terminal })).stdout).toContain(colour);
  expect((await callFlotilla(words)).stdout).not.toContain(colour);
  expect((await callFlotilla(words, { terminal, environment: { NO_COLOR: '1' } })).stdout).not.toContain(
    colour,
  );
  expect((await callFlotilla([...words, '--json'], { terminal })).stdout).not.toContain(colour);
});

test('init and migrate name the variable that they need', async () => {
  for (const command of ['init', 'migrate']) {
    const called = await callFlotilla([command]);
    expect(called.code).toBe(2);
    expect(called.stderr).toMatch(
      /^flotilla: neither DATABASE_URL nor DATABASE_URL_FILE is set: expected .*\n$/,
    );
  }
});
