import type { z } from 'zod';
import { describeIssue } from './describe-issue.ts';
import { knownKeys } from './known-keys.ts';
import { nearest } from './nearest.ts';

/** One thing wrong with a document: where, what is there, and what would be right. */
export interface FieldError {
  /** Dotted path such as `schedule.cron`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
  /** The value found there, where there is one and it is short. */
  readonly value?: unknown;
  /** The known key or value that was probably meant. */
  readonly nearest?: string;
}

type Issue = z.core.$ZodIssue;

/** Turns zod's issues into errors that name the field, the value and the nearest valid one. */
export function fieldErrors(error: z.ZodError, schema: z.ZodType, document: unknown): FieldError[] {
  return error.issues.flatMap((issue) => toFieldErrors(issue, schema, document));
}

function toFieldErrors(issue: Issue, schema: z.ZodType, document: unknown): FieldError[] {
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, path);
    return issue.keys.map((key) => unknownKey([...path, key], key, known));
  }
  // Of a key that is wrong, what stands under it does not matter.
  const found = issue.code === 'invalid_key' ? path.at(-1) : valueAt(document, issue.path);
  const value = shortened(found);
  const meant = proposal(issue, found);
  return [
    {
      path: path.join('.'),
      message: describeIssue(issue, found),
      ...(value === undefined ? {} : { value }),
      ...(meant === undefined ? {} : { nearest: meant }),
    },
  ];
}

function unknownKey(path: readonly string[], key: string, known: readonly string[]): FieldError {
  const meant = nearest(key, known);
  return {
    path: path.join('.'),
    message: `unknown key "${key}": ${meant === undefined ? listed(known) : `did you mean "${meant}"?`}`,
    ...(meant === undefined ? {} : { nearest: meant }),
  };
}

function listed(known: readonly string[]): string {
  return known.length === 0 ? 'none is taken here' : `known are ${known.join(', ')}`;
}

/** The valid value that was probably meant. A check of ours may name one: `params: { nearest }`. */
function proposal(issue: Issue, found: unknown): string | undefined {
  if (issue.code === 'invalid_value' && typeof found === 'string') {
    return nearest(found, issue.values.map(String));
  }
  const named: unknown = issue.code === 'custom' ? issue.params?.['nearest'] : undefined;
  return typeof named === 'string' ? named : undefined;
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function shortened(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= 200 ? value : `${value.slice(0, 200)}…`;
  return typeof value === 'object' ? undefined : value;
}
