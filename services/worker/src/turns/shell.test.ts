import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { excerptLimitBytes, type Outcome } from '@flotilla/domain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTurnBench, type TurnBench, type TurnUnderTest } from './turn-under-test.ts';

const ownEnvironment = {
  HOME: '/home/somebody',
  LC_TIME: 'C',
  TZ: 'UTC',
  DATABASE_URL: 'postgres://fleet:password@db/flotilla',
  FLOTILLA_SECRET_TOKEN: 'from-the-environment',
  NODE_OPTIONS: '--no-warnings',
};

let bench: TurnBench;
beforeAll(async () => {
  bench = await openTurnBench(ownEnvironment);
  await mkdir(join(bench.folder, 'secrets'));
  await writeFile(join(bench.folder, 'secrets', 'PASSWORD'), 'correct horse\n');
});
afterAll(() => bench.close());

describe('how a turn ended is told by its process alone', () => {
  const exited = (exitCode: number): Outcome => ({ kind: 'exited', exitCode });
  const signalled = (signal: string): Outcome => ({ kind: 'signalled', signal });
  test.each<[string, TurnUnderTest, Outcome]>([
    ['a script that ends well', { script: 'true' }, exited(0)],
    ['an empty script', { script: '' }, exited(0)],
    ['a script that fails', { script: 'exit 7' }, exited(7)],
    ['the highest exit code', { script: 'exit 255' }, exited(255)],
    ['a command that the shell does not find', { script: 'no-such-command-here' }, exited(127)],
    ['a program that fails', { argv: ['false'] }, exited(1)],
    ['a program that fails behind the umask wrapper', { argv: ['false'], umask: '022' }, exited(1)],
    ['text that speaks of a timeout', { script: 'echo timed out >&2; exit 1' }, exited(1)],
    ['TERM to itself', { script: 'kill -TERM $$' }, signalled('SIGTERM')],
    ['KILL to itself', { script: 'kill -KILL $$' }, signalled('SIGKILL')],
    ['SEGV', { script: 'kill -SEGV $$' }, signalled('SIGSEGV')],
    ['a pipe that its reader closes', { script: 'yes | head -n 1' }, exited(0)],
    ['a script longer than an argument can be', { script: `: ${'x'.repeat(200_000)}\nexit 3` }, exited(3)],
  ])('%s', async (_, turn, outcome) => {
    expect((await bench.run(turn)).outcome).toEqual(outcome);
  });
});

describe('what a turn writes', () => {
  test('is kept apart for stdout and stderr', async () => {
    const { stdout, stderr } = await bench.run({ script: 'echo out; echo err >&2' });
    expect(stdout).toEqual({ text: 'out\n', bytes: 4, truncated: false });
    expect(stderr).toEqual({ text: 'err\n', bytes: 4, truncated: false });
  });

  test('may be written through /dev/stdout and /dev/stderr', async () => {
    const { stdout, stderr } = await bench.run({ script: 'echo out >/dev/stdout; echo err >/dev/stderr' });
    expect([stdout.text, stderr.text]).toEqual(['out\n', 'err\n']);
  });

  test('may be any bytes', async () => {
    const { stdout } = await bench.run({ script: String.raw`printf 'a\377\000b\303'` });
    expect(stdout).toEqual({ text: 'a\ufffd\0b\ufffd', bytes: 5, truncated: false });
  });

  test('may end without a line end, and come in full after the process has ended', async () => {
    const { stdout } = await bench.run({ script: 'head -c 1000000 /dev/zero | tr "\\0" x' });
    expect(stdout.bytes).toBe(1_000_000);
    expect(Buffer.byteLength(stdout.text)).toBeLessThanOrEqual(excerptLimitBytes);
  });

  test('beyond the limit ends the turn, in bounded memory', async () => {
    const before = process.memoryUsage().rss;
    const started = bench.start({ script: 'head -c 1000000000 /dev/zero', outputLimitBytes: 1024 ** 2 });
    const { outcome, stdout } = await started.report;
    expect(outcome).toEqual({ kind: 'output_limit' });
    expect(stdout.truncated).toBe(true);
    expect(started.log('stdout').length).toBe(1024 ** 2);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 ** 2);
  });

  test('beyond the limit counts both streams, also where the process was quicker than its reader', async () => {
    const both = { script: 'printf 12345; printf 12345 >&2', outputLimitBytes: 9 };
    expect((await bench.run(both)).outcome).toEqual({ kind: 'output_limit' });
    expect((await bench.run({ ...both, outputLimitBytes: 10 })).outcome).toEqual({
      kind: 'exited',
      exitCode: 0,
    });
  });
});

describe('what a turn is given', () => {
  test('its arguments reach the program untouched', async () => {
    const odd = ['a b', '$HOME', '`id`', '"', "'", '', '-n', 'ü\n'];
    for (const umask of [null, '077']) {
      const { stdout } = await bench.run({ argv: ['printf', '%s|', ...odd], umask });
      expect(stdout.text).toBe(`${odd.join('|')}|`);
    }
  });

  test('its environment is the allow-list, its own, and the FLOTILLA block: nothing else of the service', async () => {
    const { stdout } = await bench.run({ argv: ['env'], env: { GREETING: 'hello', TZ: 'Asia/Tokyo' } });
    const lines = stdout.text.trim().split('\n').sort();
    expect(lines).toEqual(
      [
        'PATH=/usr/local/bin:/usr/bin:/bin',
        'HOME=/home/somebody',
        'LC_TIME=C',
        'TZ=Asia/Tokyo',
        'GREETING=hello',
        'FLOTILLA_RUN_ID=0198f0c0-0000-7000-8000-000000000001',
        'FLOTILLA_JOB_ID=nightly-report',
        'FLOTILLA_CAUSE=schedule',
        'FLOTILLA_TICK_AT=2027-01-01T02:00:00.000Z',
        lines.find((line) => /^FLOTILLA_ATTEMPT=\d+$/.test(line)),
        'FLOTILLA_DEADLINE=2027-01-01T02:10:00.000Z',
        `FLOTILLA_IDEMPOTENCY_KEY=${'f'.repeat(32)}`,
      ].sort(),
    );
  });

  test('a secret reaches it, from a file or the environment, and is masked in log and excerpt', async () => {
    const started = bench.start({
      script:
        'printf "%s" "$PASSWORD" | wc -c; echo "$PASSWORD,$TOKEN"; printf "correct "; sleep 0.05; echo horse >&2; echo horse',
      secrets: ['PASSWORD', 'TOKEN'],
    });
    const { stdout, stderr } = await started.report;
    expect(stdout.text).toMatch(/^\s*13\n\*\*\*,\*\*\*\n\*\*\*\n$/);
    expect(started.log('stdout')).toBe(stdout.text);
    expect(stderr.text).toBe('horse\n');
  });

  test('its standard input, which it need not read, or none', async () => {
    const stdin = 'line\n'.repeat(50_000);
    expect((await bench.run({ argv: ['cat'], stdin })).stdout.bytes).toBe(stdin.length);
    expect((await bench.run({ script: 'cat /dev/stdin', stdin: 'text' })).stdout.text).toBe('text');
    expect((await bench.run({ argv: ['true'], stdin })).outcome).toEqual({ kind: 'exited', exitCode: 0 });
    expect((await bench.run({ argv: ['wc', '-c'] })).stdout.text.trim()).toBe('0');
  });

  test('its umask', async () => {
    expect((await bench.run({ script: 'umask', umask: '027' })).stdout.text).toBe('0027\n');
  });

  test('an empty folder of its own, which is removed with all that is in it', async () => {
    const script = 'pwd; ls -A; mkdir -p a/b; touch a/b/c; chmod 500 a/b a';
    const { stdout } = await bench.run({ script, identity: { attempt: 77 } });
    expect(stdout.text).toMatch(/-77\/work\n$/);
    await expect(stat(stdout.text.trim())).rejects.toThrow('ENOENT');
    expect(await attemptFolders()).toEqual([]);
  });

  test('its context: a file that only its user reads, outside of its folder, removed after it', async () => {
    const script = 'echo "$FLOTILLA_CONTEXT"; stat -c %a "$FLOTILLA_CONTEXT"; cat "$FLOTILLA_CONTEXT"; ls -A';
    const { stdout } = await bench.run({ script, context: { parent: { state: 'failed' } } });
    const [path = '', mode, ...text] = stdout.text.split('\n');
    expect([mode, text.join('\n')]).toEqual(['600', '{"parent":{"state":"failed"}}']);
    await expect(stat(path)).rejects.toThrow('ENOENT');
  });

  test('the folder that its job names, which stays', async () => {
    const cwd = join(bench.folder, 'reports');
    await mkdir(cwd);
    expect((await bench.run({ script: 'pwd > here', cwd })).outcome).toEqual({ kind: 'exited', exitCode: 0 });
    expect(await readFile(join(cwd, 'here'), 'utf8')).toBe(`${cwd}\n`);
  });
});

describe('a turn that its worker cannot start is misconfigured', () => {
  const missing = '/no/such/place';
  test.each<[string, TurnUnderTest, RegExp]>([
    ['no folder', { script: 'true', cwd: missing }, /turn\.cwd \/no\/such\/place .*ENOENT.*make the folder/],
    ['a file for a folder', { script: 'true', cwd: '/etc/passwd' }, /is not a folder/],
    ['no shell', { script: 'true', shellPath: missing }, /the program \/no\/such\/place is not there/],
    ['no program', { argv: ['no-such-program'] }, /"no-such-program" is in no folder of PATH \(\/usr\/local/],
    ['no program, behind the wrapper', { argv: [missing], umask: '022' }, /is not there/],
    ['a program that is none', { argv: ['/etc/passwd'] }, /may not be executed/],
    ['a folder for a program', { argv: ['/etc'] }, /is not a file/],
    [
      'no secret',
      { script: 'true', secrets: ['ABSENT'] },
      /secret "ABSENT" has no value.*FLOTILLA_SECRET_ABSENT/,
    ],
    ['too many arguments', { argv: ['true', ...Array<string>(200).fill('x'.repeat(100_000))] }, /E2BIG/],
  ])('%s', async (_, turn, message) => {
    const spawned: number[] = [];
    const { outcome, spawnedAt } = await bench.run({ ...turn, onSpawned: (at) => spawned.push(at) });
    expect(outcome).toEqual({ kind: 'misconfigured', message: expect.stringMatching(message) });
    expect([spawnedAt, spawned]).toEqual([null, []]);
    expect(await attemptFolders()).toEqual([]);
  });

  test('an interpreter that is missing', async () => {
    const program = join(bench.folder, 'odd');
    await writeFile(program, '#!/no/such/interpreter\n');
    await chmod(program, 0o755);
    const { outcome } = await bench.run({ argv: [program] });
    expect(outcome).toMatchObject({ kind: 'misconfigured', message: expect.stringContaining('first line') });
  });
});

test('the report tells when the process existed', async () => {
  const spawned: number[] = [];
  const from = Date.now();
  const { spawnedAt } = await bench.run({ script: 'true', onSpawned: (at) => spawned.push(at) });
  expect(spawned).toEqual([spawnedAt]);
  expect(spawnedAt).toBeGreaterThanOrEqual(from);
  expect(spawnedAt).toBeLessThanOrEqual(Date.now());
});

test('a hundred turns at once', { timeout: 60_000 }, async () => {
  const turns = Array.from({ length: 100 }, (_, index) => bench.run({ script: `echo ${index}` }));
  const reports = await Promise.all(turns);
  expect(reports.map(({ stdout }) => stdout.text)).toEqual(reports.map((_, index) => `${index}\n`));
});

async function attemptFolders(): Promise<string[]> {
  return (await readdir(join(bench.folder, 'work'))).filter((name) => name !== 'pipes');
}
