import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { hostContext } from './host-context.ts';

function fakeHost() {
  const exits: unknown[] = [];
  const stdout = new EventEmitter();
  const host = {
    stdout,
    stderr: new EventEmitter(),
    env: {},
    cwd: () => '/',
    exit: (code?: number) => exits.push(code),
  };
  hostContext(host as unknown as NodeJS.Process, { root: '/', serviceMain: () => '' });
  return { stdout, exits };
}

test('a reader that has seen enough ends the process quietly', () => {
  const { stdout, exits } = fakeHost();
  stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  expect(exits).toEqual([undefined]);
});

test('a full disk is not kept quiet', () => {
  const { stdout } = fakeHost();
  expect(() => stdout.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))).toThrow('full');
});
