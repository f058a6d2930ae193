import type { CliContext } from '../context.ts';
import { type Style, styleOf } from './style.ts';

/** Options that every command has. */
export interface OutputOptions {
  readonly json?: boolean;
  readonly utc?: boolean;
}

/** One document on stdout: as JSON with `--json`, else as the lines that `words` makes of it. */
export function print<Document>(
  context: CliContext,
  options: OutputOptions,
  document: Document,
  words: (style: Style, document: Document) => readonly string[],
): void {
  const text =
    options.json === true
      ? JSON.stringify(document, null, 2)
      : words(styleOf(context, options), document).join('\n');
  context.stdout.write(`${text}\n`);
}
