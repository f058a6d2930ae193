import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { addressOf } from './address.ts';
import { answers } from './answers.ts';
import { prepareNats } from './prepare-nats.ts';
import { preparePostgres } from './prepare-postgres.ts';
import { prepareRedis } from './prepare-redis.ts';
import type { ServerOptions, ServerSpec } from './server-spec.ts';
import { type RunningServer, startServer } from './start-server.ts';

interface Subject {
  readonly prepare: (options: ServerOptions) => Promise<ServerSpec>;
  /** Writes one fact; returns once the server has taken it. */
  readonly write: (spec: ServerSpec) => Promise<void>;
  /** True if the fact is there. */
  readonly read: (spec: ServerSpec) => Promise<boolean>;
  readonly accepts: (spec: ServerSpec, credential: string) => Promise<boolean>;
}

const subjects: Record<ServerSpec['name'], Subject> = {
  postgres: {
    prepare: preparePostgres,
    write: async (spec) => {
      await sql(spec.url, 'CREATE TABLE fact AS SELECT 42 AS value');
    },
    read: async (spec) => (await sql(spec.url, 'SELECT value FROM fact'))[0]?.['value'] === 42,
    accepts: (spec, credential) =>
      sql(spec.url.replace(credentialOf(spec), credential), 'SELECT 1').then(
        () => true,
        () => false,
      ),
  },
  redis: {
    prepare: prepareRedis,
    write: async (spec) => {
      expect(await redis(spec, 'SET fact 42', '+OK\r\n+OK\r\n')).toBe(true);
    },
    read: (spec) => redis(spec, 'GET fact', '$2\r\n42\r\n'),
    accepts: async (spec, credential) => redis(spec, 'PING', '+PONG', credential),
  },
  nats: {
    prepare: prepareNats,
    write: async (spec) => {
      const stream = JSON.stringify({ name: 'FACTS', subjects: ['facts'] });
      expect(await nats(spec, request('$JS.API.STREAM.CREATE.FACTS', stream), '"did_create":true')).toBe(
        true,
      );
      expect(await nats(spec, request('facts', '42'), '"seq":1')).toBe(true);
    },
    read: (spec) => nats(spec, request('$JS.API.STREAM.INFO.FACTS', ''), '"messages":1'),
    accepts: (spec, credential) => nats(spec, 'PING\r\n', 'PONG', credential),
  },
};

describe.each(Object.entries(subjects))('%s', (name, subject) => {
  let dir = '';
  let spec: ServerSpec;
  let server: RunningServer;
  const start = (): Promise<RunningServer> =>
    startServer(spec, { logFile: join(dir, 'log'), endsWithUs: true });

  beforeAll(async () => {
    dir = await mkdtemp(join(inject('runDir'), `${name}-`));
    spec = await prepareIn(join(dir, name));
    server = await start();
  });
  afterAll(async () => {
    await server?.stop();
    await rm(dirname(spec.dataDir), { recursive: true, force: true });
    await rm(dir, { recursive: true });
  });
  const prepareIn = (serverDir: string, port?: number): Promise<ServerSpec> =>
    subject.prepare({
      dir: serverDir,
      binariesDir: inject('binariesDir'),
      ...(port !== undefined && { port }),
    });

  test('answers, and refuses a wrong credential', async () => {
    expect(await spec.ready()).toBe(true);
    expect(await subject.accepts(spec, credentialOf(spec))).toBe(true);
    expect(await subject.accepts(spec, 'wrong')).toBe(false);
  });

  test('shows its credential in no argument, no variable, and no file that others can read', async () => {
    const credential = credentialOf(spec);
    const shown = [spec.command, ...spec.args, JSON.stringify(spec.env)];
    if (process.platform === 'linux') {
      shown.push(await readFile(`/proc/${server.pid}/cmdline`, 'utf8'));
      shown.push(await readFile(`/proc/${server.pid}/environ`, 'utf8'));
    }
    for (const text of shown) expect(text).not.toContain(credential);
    expect((await stat(join(dir, name))).mode & 0o777).toBe(0o700);
    const files = (await readdir(join(dir, name), { withFileTypes: true })).filter((entry) => entry.isFile());
    expect(files).not.toHaveLength(0);
    for (const { name: file } of files) expect((await stat(join(dir, name, file))).mode & 0o777).toBe(0o600);
  });

  test('keeps its data over kill -9, on the same port and prepared anew', async () => {
    await subject.write(spec);
    server.kill('SIGKILL');
    server = await start();
    expect(await subject.read(spec)).toBe(true);
    await server.stop();
    const before = spec;
    spec = await prepareIn(join(dir, name), spec.port);
    expect(spec.url).toBe(before.url);
    server = await start();
    expect(await subject.read(spec)).toBe(true);
  });

  test('runs in a session of its own, and stops cleanly, also when asked twice', async () => {
    expect(() => process.kill(-server.pid, 0)).not.toThrow();
    await Promise.all([server.stop(), server.stop()]);
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(await spec.ready()).toBe(false);
    server = await start();
  });

  test('a start on a port that is taken tells what the server said', async () => {
    const rival = await prepareIn(join(dir, 'rival'), spec.port);
    const started = startServer(rival, { logFile: join(dir, 'rival.log') });
    await expect(started).rejects.toThrow(new RegExp(`^${name} ended at its start[^]*in use`));
    await rm(dirname(rival.dataDir), { recursive: true });
  });
});

function credentialOf(spec: ServerSpec): string {
  const { username, password } = new URL(spec.url);
  return password || username;
}

async function sql(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

async function redis(spec: ServerSpec, command: string, reply: string, credential = credentialOf(spec)) {
  const address = await addressOf({ dir: '', binariesDir: '', port: spec.port });
  return answers(address, `AUTH ${credential}\r\n${command}\r\n`, reply);
}

async function nats(spec: ServerSpec, said: string, reply: string, credential = credentialOf(spec)) {
  const address = await addressOf({ dir: '', binariesDir: '', port: spec.port });
  const hello = JSON.stringify({ auth_token: credential, verbose: false });
  return answers(address, `CONNECT ${hello}\r\nSUB inbox 1\r\n${said}`, reply);
}

function request(subject: string, body: string): string {
  return `PUB ${subject} inbox ${Buffer.byteLength(body)}\r\n${body}\r\n`;
}
