import { createEncoder } from './encode.ts';
import type { Model, Step } from './model.ts';

export interface Limits {
  /** Exploring ends, bounded, once so many distinct states were met. */
  readonly stateLimit: number;
  /** The names of the violations that are looked for: exploring ends when all of them, or any other, are found. */
  readonly expected: readonly string[];
}

export interface Exploration {
  readonly states: number;
  /** `exhausted`: every reachable state was met. `found`: ended by a violation. `bounded`: ended by the limit. */
  readonly end: 'exhausted' | 'found' | 'bounded';
  readonly violations: readonly Violation[];
}

export interface Violation {
  readonly check: string;
  readonly means: string;
  /** A shortest way to it from the first state: the names of the steps. */
  readonly steps: readonly string[];
}

/** Breadth first through all interleavings of a model's actions, so that the first way found is a shortest one. */
export function explore<State extends object>(model: Model<State>, limits: Limits): Exploration {
  const keyOf = createKey(model);
  const met = new Set([keyOf(model.start)]);
  const arrivals: Arrival[] = [{ from: -1, action: '' }];
  const violations: Violation[] = [];
  const ended = (end: Exploration['end']): Exploration => ({ states: met.size, end, violations });

  let frontier: Place<State>[] = [{ state: model.start, index: 0 }];
  while (frontier.length > 0) {
    const beyond: Place<State>[] = [];
    for (const { state, index } of frontier) {
      for (const step of stepsFrom(state, model)) {
        for (const check of model.checks) {
          if (violations.some((violation) => violation.check === check.name) || !check.broken(step)) continue;
          const steps = [...wayTo(index, arrivals), step.action];
          violations.push({ check: check.name, means: check.means, steps });
          if (isEnough(violations, limits.expected)) return ended('found');
        }
        const key = keyOf(step.after);
        if (met.has(key)) continue;
        if (met.size >= limits.stateLimit) return ended('bounded');
        met.add(key);
        arrivals.push({ from: index, action: step.action });
        beyond.push({ state: step.after, index: arrivals.length - 1 });
      }
    }
    frontier = beyond;
  }
  return ended('exhausted');
}

function createKey<State extends object>({ twin }: Model<State>): (state: State) => string {
  const encode = createEncoder();
  if (twin === undefined) return encode;
  return (state) => {
    const key = encode(state);
    const twinKey = encode(twin(state));
    if (twinKey < key) return twinKey;
    return key;
  };
}

function stepsFrom<State extends object>(before: State, { actions }: Model<State>): Step<State>[] {
  return actions
    .filter((action) => action.enabled(before))
    .map((action) => ({ action: action.name, before, after: { ...before, ...action.next(before) } }));
}

interface Place<State> {
  readonly state: State;
  readonly index: number;
}

/** How a state was met first: which states came before is all that a way back needs. */
interface Arrival {
  readonly from: number;
  readonly action: string;
}

function wayTo(index: number, arrivals: readonly Arrival[]): string[] {
  const steps: string[] = [];
  for (let at = arrivals[index]; at !== undefined && at.from >= 0; at = arrivals[at.from]) {
    steps.unshift(at.action);
  }
  return steps;
}

function isEnough(violations: readonly Violation[], expected: readonly string[]): boolean {
  const surprise = violations.some(({ check }) => !expected.includes(check));
  return surprise || violations.length >= expected.length;
}
