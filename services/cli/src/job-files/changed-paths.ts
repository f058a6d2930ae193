/** Dotted paths at which two values differ, sorted: `schedule.cron`, `turn.argv`. Lists count as one value. */
export function changedPaths(before: unknown, after: unknown): string[] {
  return [...differences(before, after, [])].map((path) => path.join('.')).sort();
}

function* differences(
  before: unknown,
  after: unknown,
  path: readonly string[],
): Generator<readonly string[]> {
  if (isObject(before) && isObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* differences(before[key], after[key], [...path, key]);
    }
  } else if (JSON.stringify(before) !== JSON.stringify(after)) {
    yield path;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
