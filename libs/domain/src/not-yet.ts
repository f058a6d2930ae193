import type { FieldError } from './field-error.ts';

/**
 * Fields that the job document will have and that nothing acts on yet. Each is refused by its name: never stored and
 * ignored.
 */
const plannedFields = [
  'priority',
  'startWithin',
  'backlog',
  'requires',
  'ttl',
  'deleteAfterRun',
  'alert',
  'approval',
  'context',
  'deliver',
  'watch',
  'schedule.catchUp.pace',
  'turn.user',
  'turn.limits',
  'turn.agent',
  'turn.prompt',
  'turn.model',
  'turn.fallback',
  'turn.thinking',
  'turn.session',
  'turn.maxTokens',
  'turn.idleTimeout',
  'after.jobs',
  'after.join',
  'after.when',
] as const;

/** Values of fields that exist, of which some are planned. */
const plannedValues: Readonly<Record<string, readonly string[]>> = { overlap: ['queue', 'latest', 'cancel'] };

/** The errors for planned fields and values in `document`, and the document without them. */
export function refuseNotYet(document: unknown): { readonly errors: FieldError[]; readonly rest: unknown } {
  let rest = document;
  const errors: FieldError[] = [];
  for (const field of plannedFields) {
    const path = field.split('.');
    if (!has(rest, path)) continue;
    rest = without(rest, path);
    errors.push({
      path: field,
      message: `not yet: "${field}" is planned, and refused until something acts on it`,
    });
  }
  for (const [field, values] of Object.entries(plannedValues)) {
    const value = isObject(rest) ? rest[field] : undefined;
    if (typeof value !== 'string' || !values.includes(value)) continue;
    rest = without(rest, [field]);
    const message = `not yet: ${field} "${value}" is planned, and refused until something acts on it`;
    errors.push({ path: field, value, message });
  }
  return { errors, rest };
}

function has(document: unknown, [key, ...inner]: readonly string[]): boolean {
  if (key === undefined) return true;
  return isObject(document) && key in document && has(document[key], inner);
}

function without(document: unknown, [key, ...inner]: readonly string[]): unknown {
  if (!isObject(document) || key === undefined) return document;
  const { [key]: value, ...others } = document;
  return inner.length === 0 ? others : { ...others, [key]: without(value, inner) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
