import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { agentSettings } from './agent-settings.ts';
import type { Supervised } from './supervise.ts';

let run = '';
const started: Supervised[] = [];
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), 'flotilla-agent-'));
});
afterEach(async () => {
  for (const one of started.splice(0)) await one.stop();
  await rm(run, { recursive: true });
});

function settingsOf(given: { readonly agentUrl?: string; readonly agentToken?: string }, demo: boolean) {
  const silent = () => undefined;
  return agentSettings({
    options: { demo },
    given: {
      postgres: undefined,
      redis: undefined,
      nats: undefined,
      adminToken: undefined,
      agentUrl: given.agentUrl,
      agentToken: given.agentToken,
    },
    folders: { run },
    report: { say: silent, aside: silent, alarm: silent, step: (_title, work) => work() },
    onStart: (_part, supervised) => started.push(supervised),
  });
}

test('a demo without a gateway gets one that echoes; nobody else does', async () => {
  expect(await settingsOf({}, false)).toEqual({});
  const settings = await settingsOf({}, true);
  expect(settings).toEqual({
    FLOTILLA_AGENT_URL: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/v1$/),
    FLOTILLA_AGENT_MODEL: 'echo',
  });
  expect((await fetch(`${settings['FLOTILLA_AGENT_URL']}/models`)).status).toBe(404);
  expect(started).toHaveLength(1);
});

test('a gateway of one\u2019s own stays, and its token becomes a file', async () => {
  const agentUrl = 'https://gateway.example.org/v1';
  expect(await settingsOf({ agentUrl }, true)).toEqual({});
  const path = join(run, 'agent-token');
  expect(await settingsOf({ agentUrl, agentToken: 'hush' }, true)).toEqual({
    FLOTILLA_AGENT_TOKEN_FILE: path,
  });
  expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual(['hush\n', 0o600]);
  expect(started).toEqual([]);
});
