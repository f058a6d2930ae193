/**
 * Writes plain data as one short string, equal for equal states: each distinct leaf (a word, a number, a truth) is
 * numbered when it is first met, and a state is the sequence of the numbers of its leaves. Arrays write their length
 * first; objects must always name their fields in the same order, as states built by spreading do.
 */
export function createEncoder(): (state: object) => string {
  const numbers = new Map<unknown, number>();
  const codes: number[] = [];

  function numberOf(leaf: unknown): number {
    const known = numbers.get(leaf);
    if (known !== undefined) return known;
    const next = numbers.size;
    if (next > MOST_LEAVES)
      throw new Error(`more than ${MOST_LEAVES} distinct leaves: bound the model's fields`);
    numbers.set(leaf, next);
    return next;
  }

  function write(value: unknown): void {
    if (Array.isArray(value)) {
      codes.push(numberOf(value.length));
      for (const element of value) write(element);
    } else if (typeof value === 'object' && value !== null) {
      for (const field in value) write((value as Record<string, unknown>)[field]);
    } else {
      codes.push(numberOf(value));
    }
  }

  return (state) => {
    codes.length = 0;
    write(state);
    return String.fromCharCode(...codes);
  };
}

/** One UTF-16 unit for each leaf. Below 256 of them, as in all models here, a string takes a byte for each. */
const MOST_LEAVES = 65_535;
