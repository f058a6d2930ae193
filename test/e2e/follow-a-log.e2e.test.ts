import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectNats, onLogPiece } from '@flotilla/events';
import { expect } from 'vitest';
import { shellJob } from '../support/builders.ts';
import type { Fleet } from '../support/fleet.ts';
import { fleetTest } from '../support/fleet-test.ts';
import { type Calling, startFlotilla } from '../support/flotilla.ts';
import { waitFor } from '../support/wait-for.ts';

const test = fleetTest({ proxied: true });

/** Starts a run that writes a line now and then to both streams, until it is told to end. */
async function startWriter({ api, dir }: Fleet, id: string) {
  const stop = join(dir, `${id}-stop`);
  const script = `i=0; until [ -e ${stop} ]; do i=$((i + 1)); echo "line $i"; echo "oops $i" >&2; sleep 0.2; done; echo "the end"`;
  await api.putJob(id, shellJob(script));
  const run = await api.startRun(id);
  await api.started(run);
  return { run, finish: () => writeFile(stop, '') };
}

function start({ dir, api }: Fleet, ...words: string[]): Calling {
  const environment = { FLOTILLA_URL: api.url, FLOTILLA_TOKEN: api.token };
  return startFlotilla(words, { folder: dir, environment });
}

/** Waits until more of a run is shown. */
async function showsMore({ shown }: Calling, times = 1): Promise<void> {
  for (let time = 0; time < times; time++) {
    const before = shown().length;
    await waitFor('more of the log', () => shown().length > before);
  }
}

/** Each stream whole and in order; the two may lie differently side by side. */
async function expectWhole({ api }: Fleet, run: string, followed: string): Promise<void> {
  const stored = await api.log(run);
  const linesOf = (log: string, word: string) => log.split('\n').filter((line) => line.startsWith(word));
  for (const word of ['line', 'oops', 'the end']) {
    expect(linesOf(followed, word)).toEqual(linesOf(stored, word));
  }
  const lines = linesOf(followed, 'line');
  expect(lines).toEqual(lines.map((_, index) => `line ${index + 1}`));
  expect(followed).toContain('the end\n');
}

const again = 'flotilla: the connection broke: taking it up again\n';

test('LG-1 a log that is followed is whole, though NATS is cut off and comes back meanwhile', async ({
  fleet,
}) => {
  const { run, finish } = await startWriter(fleet, 'followed');
  const following = start(fleet, 'runs', 'logs', '-f', run);
  await showsMore(following);
  fleet.line('nats').strike('cut');
  await showsMore(following, 2);
  fleet.line('nats').pass();
  await waitFor('NATS', async () => (await fleet.crew.member('api', 0).ask('/readyz')).status === 200);
  await showsMore(following);
  await finish();
  const { code, stdout, stderr } = await following.ended;
  expect([code, stderr]).toEqual([0, '']);
  await expectWhole(fleet, run, stdout);
});

test('LG-1 who follows a log, or watches a run, goes on where it was when the API starts anew', async ({
  fleet,
}) => {
  const { api, crew } = fleet;
  const { run, finish } = await startWriter(fleet, 'restarted');
  const following = start(fleet, 'runs', 'logs', '-f', run);
  const watching = start(fleet, 'runs', 'watch', run);
  await Promise.all([showsMore(following), showsMore(watching)]);
  await crew.member('api', 0).stop();
  await crew.add('api', 1, { FLOTILLA_API_PORT: new URL(api.url).port });
  await showsMore(following);
  await finish();
  const [followed, watched] = await Promise.all([following.ended, watching.ended]);
  expect([followed.code, followed.stderr]).toEqual([0, again]);
  await expectWhole(fleet, run, followed.stdout);
  expect([watched.code, watched.stderr]).toEqual([0, again]);
  expect(watched.stdout).toMatch(/^run \S+ of restarted: running\n.*succeeded after/s);
});

test('LG-1 workers tell what turns write only where somebody follows, with its secrets masked', async ({
  fleet,
}) => {
  const { api, dir, secretsDir, servers } = fleet;
  await writeFile(join(secretsDir, 'PASSWORD'), 'hush-hush', { mode: 0o600 });
  const stop = join(dir, 'told-stop');
  const script = `until [ -e ${stop} ]; do printf "hush-"; sleep 0.3; echo "hush $PASSWORD"; done`;
  await api.putJob('told', shellJob(script, { turn: { secrets: ['PASSWORD'] }, overlap: 'allow' }));
  const nats = await connectNats({ url: servers.nats.url, name: 'flotilla test' });
  const told = new Map<string, string>();
  onLogPiece(nats, ({ runId, bytes }) =>
    told.set(runId, (told.get(runId) ?? '') + Buffer.from(bytes).toString()),
  );
  await nats.flush();
  const [followed, alone] = [await api.startRun('told'), await api.startRun('told')];
  const following = start(fleet, 'runs', 'logs', '-f', followed);
  await waitFor('a live piece', () => told.get(followed)?.includes('*** ***\n'));
  await showsMore(following);
  following.signal('SIGINT');
  expect(await following.ended, 'Ctrl-C').toEqual({
    code: null,
    stdout: expect.stringMatching(/^\*\*\* \*\*\*\n/),
    stderr: '',
  });
  await writeFile(stop, '');
  await Promise.all([api.settled(followed), api.settled(alone)]);
  expect([...told.keys()]).toEqual([followed]);
  expect(told.get(followed)).toMatch(/^[*\s]+$/);
  await nats.close();
});
