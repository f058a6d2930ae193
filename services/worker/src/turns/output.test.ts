import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { createTurnOutput } from './output.ts';

async function written(text: string, limitBytes: number) {
  const logged: Buffer[] = [];
  const log = {
    write: (_stream: string, bytes: Buffer) => void logged.push(bytes),
    room: async () => undefined,
  };
  const output = createTurnOutput({ limitBytes, secrets: ['hunter2'], log });
  await output.read('stdout', Readable.from([Buffer.from(text)]));
  return { logged: Buffer.concat(logged).toString(), ...output.excerpt('stdout') };
}

test('a secret that the limit cuts in two is not shown in part', async () => {
  const cut = { logged: 'one ', text: 'one ', bytes: 11, truncated: true };
  expect(await written('one hunter2', 10)).toMatchObject(cut);
});

test('an output that ends like the beginning of a secret is shown whole', async () => {
  expect(await written('one hunt', 10)).toMatchObject({
    logged: 'one hunt',
    text: 'one hunt',
    truncated: false,
  });
});
