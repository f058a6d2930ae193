/** At this many edits and fewer, an unknown name is taken for a misspelt known one. */
const NEAR_EDITS = 2;
const PREFIX = 'FLOTILLA_';
const FREE_PREFIX = 'FLOTILLA_SECRET_';

/**
 * One warning for each `FLOTILLA_…` variable that nobody declared but that nearly is a declared one.
 * Only near misses: one environment file may serve several services, so a name that is merely unknown
 * here may be known next door. `FLOTILLA_SECRET_…` belongs to the jobs and is never judged.
 */
export function nearMisses(
  environment: Readonly<Record<string, string | undefined>>,
  declared: ReadonlyArray<{ readonly name: string; readonly secret: boolean }>,
): string[] {
  const known = declared.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name]));
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !name.startsWith(FREE_PREFIX) && !known.includes(name))
    .flatMap((name) => {
      const meant = known.find(
        (other) => environment[other] === undefined && edits(name, other) <= NEAR_EDITS,
      );
      return meant === undefined ? [] : [`${name} is not a variable of this service: did you mean ${meant}?`];
    });
}

/** Levenshtein's distance: the fewest insertions, deletions and replacements that make `to` of `from`. */
function edits(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [row, letter] of [...from].entries()) {
    const current = [row + 1];
    for (const [column, other] of [...to].entries()) {
      const replaced = (previous[column] ?? 0) + (letter === other ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[to.length] ?? 0;
}
