import type { FieldError } from './field-error.ts';

/**
 * Fields that the job document will have and that nothing acts on yet. Each is refused by its name: never stored and
 * ignored.
 */
const plannedFields = [
  'requires',
  'ttl',
  'deleteAfterRun',
  'alert',
  'approval',
  'context',
  'deliver',
  'watch',
  'turn.user',
  'turn.limits',
  'turn.thinking',
  'turn.session',
] as const;

export interface NotYet {
  readonly errors: FieldError[];
  /** The document without what is planned. */
  readonly rest: unknown;
  /** Paths of which the other checks have nothing to say. */
  readonly answered: ReadonlySet<string>;
}

/** Sorts out the planned fields of `document`. */
export function refuseNotYet(document: unknown): NotYet {
  let rest = document;
  const errors: FieldError[] = [];
  const answered = new Set<string>();
  for (const field of plannedFields) {
    const path = field.split('.');
    if (!has(rest, path)) continue;
    rest = without(rest, path);
    errors.push({ path: field, message: notYet(`"${field}"`) });
    answered.add(field);
  }
  return { errors, rest, answered };
}

function notYet(what: string): string {
  return `not yet: ${what} is planned, and refused until something acts on it`;
}

function has(document: unknown, [key, ...inner]: readonly string[]): boolean {
  if (key === undefined) return true;
  return isObject(document) && Object.hasOwn(document, key) && has(document[key], inner);
}

function without(document: unknown, [key, ...inner]: readonly string[]): unknown {
  if (!isObject(document) || key === undefined) return document;
  const { [key]: value, ...others } = document;
  return inner.length === 0 ? others : { ...others, [key]: without(value, inner) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
