import { sleep } from '@flotilla/runtime';

const LOOK_EVERY_MS = 25;

/** Asks until the answer is null (all is well). @throws the last answer, made into an error, after the limit */
export async function waitUntil(
  limitMs: number,
  signal: AbortSignal,
  ask: () => Promise<string | null>,
  fail: (answer: string) => Error,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer === null) {
      return;
    }
    if (performance.now() > endMs) {
      throw fail(answer);
    }
    await sleep(LOOK_EVERY_MS, signal);
  }
}
