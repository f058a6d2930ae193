import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { type HostProcess, runService, type ServiceContext } from './lifecycle.ts';
import { StartError } from './start-error.ts';

function fakeHost(env: Record<string, string> = {}) {
  const events = new EventEmitter();
  const stdin = Object.assign(new EventEmitter(), { resume: () => stdin });
  const exits: number[] = [];
  const lines: string[] = [];
  let exited: (code: number) => void = () => undefined;
  const exit = new Promise<number>((resolve) => {
    exited = resolve;
  });
  const host = {
    env: { FLOTILLA_LOG_LEVEL: 'silent', ...env },
    stdin: stdin as unknown as HostProcess['stdin'],
    stderr: { write: (text: string) => lines.push(text) },
    on: (event: string, listener: (argument: unknown) => void) => events.on(event, listener),
    exit: (code: number) => {
      exits.push(code);
      exited(code);
    },
  } satisfies HostProcess;
  return { host, events, stdin, exits, lines, exit };
}

function service() {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const counted = { stops: 0 };
  const stop = () => {
    counted.stops += 1;
    return ended;
  };
  return { counted, end, main: async () => ({ stop }) };
}

test('SIGTERM drains once, then exits with 0', async () => {
  const { host, events, exits, exit } = fakeHost();
  const { counted, end, main } = service();
  await runService('test', main, host);
  events.emit('SIGTERM');
  expect(counted.stops).toBe(1);
  expect(exits).toEqual([]);
  end();
  expect(await exit).toBe(0);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
])('a second %s exits at once with %i', async (signal, code) => {
  const { host, events, exits } = fakeHost();
  const { counted, main } = service();
  await runService('test', main, host);
  events.emit('SIGTERM');
  events.emit(signal);
  expect(exits).toEqual([code]);
  expect(counted.stops).toBe(1);
});

test('the end of stdin stops only a service that was told to listen', async () => {
  for (const [asked, stops] of [
    ['1', 1],
    ['0', 0],
  ] as const) {
    const { host, stdin } = fakeHost({ FLOTILLA_STOP_WITH_STDIN: asked });
    const { counted, main } = service();
    await runService('test', main, host);
    stdin.emit('end');
    expect(counted.stops).toBe(stops);
  }
});

test('a signal during the start aborts it, and what has started all the same is stopped', async () => {
  const { host, events, exit } = fakeHost();
  const { counted, end, main } = service();
  await runService(
    'test',
    async ({ signal }: ServiceContext) => {
      events.emit('SIGTERM');
      expect(signal.aborted).toBe(true);
      end();
      return main();
    },
    host,
  );
  expect(await exit).toBe(0);
  expect(counted.stops).toBe(1);
});

test('a start that fails for a known reason is one line and exit 1', async () => {
  const { host, lines, exits } = fakeHost();
  await runService('api', () => Promise.reject(new StartError('no route\n to redis')), host);
  expect(lines).toEqual(['flotilla api: no route to redis\n']);
  expect(exits).toEqual([1]);
});

test('a variable of the runtime itself that does not parse is such a reason', async () => {
  const { host, lines, exits } = fakeHost({ FLOTILLA_LOG_LEVEL: 'loud' });
  await runService('api', service().main, host);
  expect(lines.join('')).toMatch(
    /^flotilla api: FLOTILLA_LOG_LEVEL="loud" is not valid: expected fatal, error, .*debug.*\n$/,
  );
  expect(exits).toEqual([1]);
});

test.each(['uncaughtException', 'unhandledRejection'])('an %s exits with 1', async (event) => {
  const { host, events, exits } = fakeHost();
  await runService('test', service().main, host);
  events.emit(event, new Error('boom'));
  expect(exits).toEqual([1]);
});

test('a stop that fails exits with 1', async () => {
  const { host, events, exit } = fakeHost();
  await runService('test', async () => ({ stop: () => Promise.reject(new Error('stuck')) }), host);
  events.emit('SIGINT');
  expect(await exit).toBe(1);
});
