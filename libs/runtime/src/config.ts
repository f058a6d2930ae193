import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { nearMisses } from './near-misses.ts';
import { StartError } from './start-error.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One variable of the environment: its name, what its text must be, and whether the text is a secret. */
export type Variable<Value> = {
  readonly name: string;
  readonly schema: z.ZodType<Value>;
  readonly secret: boolean;
};

export type Variables = Readonly<Record<string, Variable<unknown>>>;

/** The frozen result of `parseConfig`: one typed value for each declared variable. */
export type Config<Declared extends Variables> = {
  readonly [Key in keyof Declared]: Declared[Key] extends Variable<infer Value> ? Value : never;
};

/** The environment does not say what the service needs. The message is one line that names the variable. */
export class ConfigError extends StartError {
  override readonly name = 'ConfigError';
}

/**
 * Declares a variable. The schema reads its text (`z.coerce.number()…`); a default makes it optional, and
 * its description, where it has one, is what an error says was expected.
 */
export function variable<Value>(name: string, schema: z.ZodType<Value>): Variable<Value> {
  return { name, schema, secret: false };
}

/** Declares a variable that may also be a file, named by `<name>_FILE`, and whose value no error repeats. */
export function secret<Value>(name: string, schema: z.ZodType<Value>): Variable<Value> {
  return { name, schema, secret: true };
}

/**
 * Reads the declared variables once, into a frozen object. An empty variable counts as unset. A
 * `FLOTILLA_…` name that nobody declared but that nearly is a declared one goes to `warn`, one line each.
 *
 * @throws ConfigError for the first variable that is missing or does not parse
 */
export function parseConfig<Declared extends Variables>(
  environment: Environment,
  variables: Declared,
  warn: (line: string) => void = () => undefined,
): Config<Declared> {
  const declared = Object.values(variables);
  for (const line of nearMisses(environment, declared)) {
    warn(line);
  }
  const entries = Object.entries(variables).map(([key, wanted]) => [key, readValue(environment, wanted)]);
  return Object.freeze(Object.fromEntries(entries));
}

function readValue<Value>(environment: Environment, wanted: Variable<Value>): Value {
  const text = wanted.secret ? readSecret(environment, wanted.name) : present(environment, wanted.name);
  const parsed = wanted.schema.safeParse(text);
  if (parsed.success) {
    return parsed.data;
  }
  const expected = wanted.schema.description ?? parsed.error.issues[0]?.message ?? 'another value';
  throw new ConfigError(`${problem(wanted, text)}: expected ${oneLine(expected)}`);
}

function problem({ name, secret }: Variable<unknown>, text: string | undefined): string {
  if (text === undefined) {
    return secret ? `neither ${name} nor ${name}_FILE is set` : `${name} is not set`;
  }
  return secret ? `${name} is not valid (its value is a secret)` : `${name}=${quoted(text)} is not valid`;
}

function readSecret(environment: Environment, name: string): string | undefined {
  const value = present(environment, name);
  const path = present(environment, `${name}_FILE`);
  if (path === undefined) {
    return value;
  }
  if (value !== undefined) {
    throw new ConfigError(`both ${name} and ${name}_FILE are set: keep one of them`);
  }
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new ConfigError(`${name}_FILE=${quoted(path)} cannot be read (${code}): expected a readable file`);
  }
}

function present(environment: Environment, name: string): string | undefined {
  return environment[name] || undefined;
}

const LONGEST_QUOTE = 80;

function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
