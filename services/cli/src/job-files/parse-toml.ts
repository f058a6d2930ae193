import { parse, TomlDate, TomlError } from 'smol-toml';

/** TOML as plain values: its dates and times become the text that they were written as. */
export function parseToml(text: string): unknown[] {
  try {
    return [plainValue(parse(text))];
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Behind the first line its message draws the place.
    const [what = ''] = error.message.split('\n');
    throw new Error(`line ${error.line}: ${what.replace(/^Invalid TOML document: /, '')}`, { cause: error });
  }
}

function plainValue(value: unknown): unknown {
  if (value instanceof TomlDate) return value.toISOString().replace('.000', '');
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plainValue(inner)]));
}
