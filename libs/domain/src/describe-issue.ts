import type { z } from 'zod';

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/**
 * What is wrong at one place, in words for people who write documents: zod's own speak of types. `value` is what was
 * found there; undefined: nothing.
 */
export function describeIssue(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return `${shown(value)}: ${typeNames[issue.expected] ?? issue.expected} is needed`;
    case 'invalid_value':
      return `${shown(value)}: allowed are ${issue.values.map((allowed) => JSON.stringify(allowed)).join(', ')}`;
    case 'too_small':
      return `${amount(value, issue.origin)}: at least ${issue.minimum} is needed`;
    case 'too_big':
      return `${amount(value, issue.origin)}: at most ${issue.maximum} are allowed`;
    case 'invalid_key':
      return issue.issues.map((inner) => inner.message).join('; ');
    case 'invalid_format':
    case 'invalid_element':
    case 'invalid_union':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'custom':
      return issue.message;
  }
}

function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return value.length <= 80 ? JSON.stringify(value) : 'a long text';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** A number in a query is text too: what was measured (`origin`) says what to count. */
function amount(value: unknown, origin: string): string {
  if (typeof value === 'string' && origin === 'string') return counted(value.length, 'character');
  return Array.isArray(value) ? counted(value.length, 'item') : String(value);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
