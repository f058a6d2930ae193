import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { parseJob, resolveJob } from './job.ts';
import { turnKindOf } from './turn.ts';

const agent = { agent: 'researcher', prompt: 'Find out why' };

function errorsOf(turn: unknown): string[] {
  const parsed = parseJob({ id: 'a', turn });
  return parsed.ok ? [] : parsed.errors.map(({ path, message }) => `${path}: ${message}`);
}

test('an agent turn is a label and a prompt: all else has a default', () => {
  const parsed = parseJob({ id: 'a', turn: agent });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  expect(parsed.document.turn).toEqual({ ...agent, fallback: [], timeout: '30m', idleTimeout: '5m' });
  expect(resolveJob(parsed.document).turn).toEqual({
    kind: 'agent',
    ...agent,
    model: null,
    fallback: [],
    maxTokens: null,
    timeoutMs: 1_800_000,
    idleTimeoutMs: 300_000,
  });
});

test('every field is kept, and resolved', () => {
  const turn = {
    ...agent,
    model: 'vendor/large-2',
    fallback: ['vendor/small-2', 'other'],
    maxTokens: 400,
    timeout: '2m',
    idleTimeout: '10s',
  };
  const parsed = parseJob({ id: 'a', turn });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  expect(parsed.document.turn).toEqual(turn);
  const { timeout: _, idleTimeout: __, ...same } = turn;
  expect(resolveJob(parsed.document).turn).toEqual({
    kind: 'agent',
    ...same,
    timeoutMs: 120_000,
    idleTimeoutMs: 10_000,
  });
});

test.each([
  [{ agent: 'a' }, ['turn.prompt: missing: a string is needed']],
  [{ prompt: 'x' }, ['turn.agent: missing: a string is needed']],
  [{ ...agent, prompt: '' }, ['turn.prompt: 0 characters: at least 1 is needed']],
  [
    { ...agent, agent: 'The Researcher' },
    [
      'turn.agent: an agent is named by 1 to 64 of a-z, 0-9, "_" and "-", and begins with a letter or a digit',
    ],
  ],
  [
    { ...agent, model: 'a b' },
    ['turn.model: a model is named by 1 to 200 printable ASCII characters without blanks'],
  ],
  [{ ...agent, fallback: 'b' }, ['turn.fallback: "b": a list is needed']],
  [{ ...agent, fallback: Array(9).fill('m') }, ['turn.fallback: 9 items: at most 8 are allowed']],
  [{ ...agent, maxTokens: 1.5 }, ['turn.maxTokens: 1.5: a whole number is needed']],
  [{ ...agent, timeout: '8d' }, ['turn.timeout: 8d is out of range: 1ms to 7d are allowed']],
  [
    { ...agent, idletimeout: '1s' },
    ['turn.idletimeout: unknown key "idletimeout": did you mean "idleTimeout"?'],
  ],
  [{ ...agent, promt: 'x' }, ['turn.promt: unknown key "promt": did you mean "prompt"?']],
  [
    { prompt: 'x', agnet: 'a' },
    ['turn.agent: missing: a string is needed', 'turn.agnet: unknown key "agnet": did you mean "agent"?'],
  ],
])('%j is refused in words of its kind', (turn, lines) => expect(errorsOf(turn)).toEqual(lines));

test.each([
  [
    { shell: 'true', ...agent },
    ['agent', 'prompt'].map(
      (key) =>
        `turn.${key}: "${key}" is a field of agent turns, and this is a shell turn, since it has "shell"`,
    ),
  ],
  [
    { argv: ['true'], model: 'm' },
    ['turn.model: "model" is a field of agent turns, and this is a shell turn, since it has "argv"'],
  ],
  [
    { ...agent, env: {}, secrets: ['TOKEN'] },
    ['env', 'secrets'].map(
      (key) =>
        `turn.${key}: "${key}" is a field of shell turns, and this is an agent turn, since it has "agent"`,
    ),
  ],
])('%j mixes two kinds: each foreign field is told', (turn, lines) => expect(errorsOf(turn)).toEqual(lines));

test.each([
  [{ shel: 'x' }, 'shell'],
  [{ agnet: 'x', promt: 'y' }, 'agent'],
  [{ agent: 'x' }, 'agent'],
  [{ prompt: 'x', shell: 'y' }, 'shell'],
  [{}, 'shell'],
  [null, 'shell'],
  [[1], 'shell'],
])('%j is meant to be a turn of the kind %s', (turn, kind) => expect(turnKindOf(turn)).toBe(kind));

test.prop([fc.jsonValue()])('whatever stands for a turn, it is checked and never throws', (turn) => {
  expect(parseJob({ id: 'a', turn: turn as never }).ok).toBeTypeOf('boolean');
});
