import { CommandError } from '../command-error.ts';
import type { JobFormat, JobText } from './job-text.ts';
import { parseToml } from './parse-toml.ts';
import { parseYaml } from './parse-yaml.ts';

/** A job as a file has it, not checked yet. */
export interface FoundJob {
  readonly file: string;
  /** Its place among the jobs of the file, from 1. */
  readonly position: number;
  readonly document: unknown;
}

const parsers: Readonly<Record<JobFormat, (text: string) => unknown[]>> = {
  toml: parseToml,
  yaml: parseYaml,
  json: (text) => [JSON.parse(text)],
};

/** The jobs in a file: one job, a list of jobs, or a list under `jobs`. */
export function parseJobText({ name, format, text }: JobText): FoundJob[] {
  const documents = parse(name, format, text).flatMap((content) => jobsIn(content, name));
  if (documents.length === 0) throw new CommandError('usage', `${name}: has no jobs in it`);
  return documents.map((document, index) => ({ file: name, position: index + 1, document }));
}

function parse(name: string, format: JobFormat, text: string): unknown[] {
  try {
    return parsers[format](text);
  } catch (error) {
    const [what = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new CommandError(
      'usage',
      `${name}: is not valid ${format.toUpperCase()}: ${what.replace(/:$/, '')}`,
      { cause: error },
    );
  }
}

function jobsIn(content: unknown, name: string): readonly unknown[] {
  if (content === null || content === undefined) return [];
  if (Array.isArray(content)) return content;
  if (typeof content !== 'object') {
    throw new CommandError(
      'usage',
      `${name}: holds ${typeof content}: a job, a list of jobs, or jobs = […] is expected`,
    );
  }
  if (!('jobs' in content)) return Object.keys(content).length === 0 ? [] : [content];
  const { jobs, ...others } = content;
  const [stray] = Object.keys(others);
  if (stray !== undefined) throw new CommandError('usage', `${name}: unknown key "${stray}" beside "jobs"`);
  if (!Array.isArray(jobs))
    throw new CommandError(
      'usage',
      `${name}: "jobs" is not a list: write [[jobs]] in TOML, "- id: …" in YAML`,
    );
  return jobs;
}
