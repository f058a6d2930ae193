import { z } from 'zod';
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
  const at = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const known = knownKeys(schema, at);
    return issue.keys.map((key) => unknownKey([...at, key], key, known));
  }
  const value = shortValue(valueAt(document, issue.path));
  const meant =
    issue.code === 'invalid_value' && typeof value === 'string'
      ? nearest(value, issue.values.map(String))
      : undefined;
  const proposal = meant ?? proposedIn(issue);
  return [
    {
      path: at.join('.'),
      message: describe(issue, value),
      ...(value === undefined ? {} : { value }),
      ...(proposal === undefined ? {} : { nearest: proposal }),
    },
  ];
}

function unknownKey(path: readonly string[], key: string, known: readonly string[]): FieldError {
  const meant = nearest(key, known);
  return {
    path: path.join('.'),
    message: `unknown key "${key}"${meant === undefined ? `: known are ${known.join(', ')}` : `: did you mean "${meant}"?`}`,
    ...(meant === undefined ? {} : { nearest: meant }),
  };
}

function describe(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_value') {
    const found = value === undefined ? 'missing' : JSON.stringify(value);
    return `${found}: allowed are ${issue.values.map((allowed) => JSON.stringify(allowed)).join(', ')}`;
  }
  if (issue.code === 'invalid_type' && value === undefined) return `missing: ${issue.expected} expected`;
  return issue.message;
}

/** A check of ours may propose a value: `params: { nearest }`. */
function proposedIn(issue: Issue): string | undefined {
  if (issue.code !== 'custom') return undefined;
  const proposal: unknown = issue.params?.['nearest'];
  return typeof proposal === 'string' ? proposal : undefined;
}

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  let value = document;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function shortValue(value: unknown): unknown {
  if (typeof value === 'string') return value.length <= 200 ? value : `${value.slice(0, 200)}…`;
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

/** The keys that `schema` knows at `path`. */
function knownKeys(schema: z.ZodType, path: readonly string[]): string[] {
  const [key, ...rest] = path;
  const inner = unwrap(schema);
  if (key === undefined) return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
  if (inner instanceof z.ZodObject) {
    const next: unknown = inner.shape[key];
    return next instanceof z.ZodType ? knownKeys(next, rest) : [];
  }
  if (inner instanceof z.ZodArray) return knownKeys(inner.element as z.ZodType, rest);
  if (inner instanceof z.ZodUnion) {
    return inner.options.flatMap((option) => knownKeys(option as z.ZodType, path));
  }
  return [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in as z.ZodType) : schema;
}
