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

/** The errors for planned fields and values in `document`, and the document without those fields. */
export function refuseNotYet(document: unknown): { readonly errors: FieldError[]; readonly rest: unknown } {
  const rest: unknown = structuredClone(document);
  const errors: FieldError[] = [];
  for (const path of plannedFields) {
    if (removeField(rest, path.split('.')))
      errors.push({ path, message: `not yet: "${path}" is planned, and refused until something acts on it` });
  }
  for (const [field, values] of Object.entries(plannedValues)) {
    const value = isObject(rest) ? rest[field] : undefined;
    if (typeof value === 'string' && values.includes(value)) {
      removeField(rest, [field]);
      errors.push({
        path: field,
        value,
        message: `not yet: ${field} "${value}" is planned, and refused until something acts on it`,
      });
    }
  }
  return { errors, rest };
}

function removeField(document: unknown, [key, ...inner]: readonly string[]): boolean {
  if (!isObject(document) || key === undefined || !(key in document)) return false;
  if (inner.length > 0) return removeField(document[key], inner);
  delete document[key];
  return true;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
