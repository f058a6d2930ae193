import { expect, test, vi } from 'vitest';
import { createAnswers } from './answers.ts';

const limitMs = 5;
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Stands still, as a process does that was stopped: its timers are due before it has read anything. */
function freeze(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function someAnswers() {
  const told = { silence: 0 };
  const answers = createAnswers<string>(limitMs, () => {
    told.silence += 1;
  });
  return { ...answers, told };
}

test('each question gets the answer of its own group', async () => {
  const { expect: ask, give } = someAnswers();
  const [one, other] = [ask(1), ask(2)];
  give(2, 'of the second');
  give(1, 'of the first');
  expect(await Promise.all([one, other])).toEqual(['of the first', 'of the second']);
});

test('a question that nobody answers is told, and fails once the guard has ended', async () => {
  const { expect: ask, close, told } = someAnswers();
  const asked = ask(1);
  await vi.waitFor(() => expect(told.silence).toBe(1));
  close();
  await expect(asked).rejects.toThrow('the guard has ended');
});

test('GD-1 a worker that was frozen reads its guard’s answer before it takes it for silent', async () => {
  const { expect: ask, give, told } = someAnswers();
  setTimeout(() => setImmediate(() => give(1, 'in time')), limitMs); // due with the question's own timer
  const asked = ask(1);
  freeze(10 * limitMs);
  expect(await asked).toBe('in time');
  await turn();
  await turn();
  expect(told.silence).toBe(0);
});
