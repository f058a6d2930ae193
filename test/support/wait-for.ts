import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** Default 60 s: a bound for what hangs, generous enough for a loaded machine. */
  readonly withinMs?: number;
  /** Default 50 ms. */
  readonly everyMs?: number;
}

type Absent = undefined | null | false;

/**
 * Asks until the answer is a fact, and gives it: anything but undefined, null or false. A question may also throw,
 * as `expect` does: then it is asked again. Rejects with what was waited for and what was seen last.
 */
export async function waitFor<Fact>(
  what: string,
  look: () => Promise<Fact | Absent> | Fact | Absent,
  { withinMs = 60_000, everyMs = 50 }: Patience = {},
): Promise<Fact> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const { fact, why } = await ask(look);
    if (fact !== undefined) return fact;
    if (performance.now() > endMs) {
      throw new Error(`waited ${withinMs / 1000} s in vain for ${what}; last seen: ${why}`);
    }
    await sleep(everyMs);
  }
}

async function ask<Fact>(
  look: () => Promise<Fact | Absent> | Fact | Absent,
): Promise<{ fact?: Fact; why?: string }> {
  try {
    const answer = await look();
    if (answer === undefined || answer === null || answer === false) return { why: String(answer) };
    return { fact: answer };
  } catch (error) {
    return { why: error instanceof Error ? error.message : String(error) };
  }
}
