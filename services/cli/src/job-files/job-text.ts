/** The forms in which job files come. */
export const jobFormats = ['toml', 'yaml', 'json'] as const;
export type JobFormat = (typeof jobFormats)[number];

/** The text of one job file, and what to call it in messages. */
export interface JobText {
  readonly name: string;
  readonly format: JobFormat;
  readonly text: string;
}

const extensions: Readonly<Record<string, JobFormat>> = {
  toml: 'toml',
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
};

/** By the file's extension; without a known one by the first line that says something. */
export function formatOf(name: string, text: string): JobFormat {
  const extension = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return extensions[extension] ?? guessFormat(text);
}

const tomlLine = /^(?:\[\[?\s*[A-Za-z_][\w."'-]*\s*\]\]?|[\w."'-]+\s*=)/;

function guessFormat(text: string): JobFormat {
  const first =
    text
      .split('\n')
      .map((line) => line.trim())
      .find((line) => line !== '' && !line.startsWith('#')) ?? '';
  if (tomlLine.test(first)) return 'toml';
  return /^[[{]/.test(first) ? 'json' : 'yaml';
}
