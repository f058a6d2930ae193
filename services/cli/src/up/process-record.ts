import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writePrivateFile } from '../private-file.ts';

const recordSchema = z.object({
  name: z.string(),
  pid: z.int(),
  startTime: z.string(),
  kind: z.enum(['server', 'service']),
  stopSignal: z.enum(['SIGTERM', 'SIGINT']),
});

/** What is kept of a running process, for the `up` that comes after one that was killed. */
export type ProcessRecord = z.output<typeof recordSchema>;

const SUFFIX = '.process.json';

export async function keepRecord(folder: string, record: ProcessRecord): Promise<void> {
  await writePrivateFile(join(folder, `${record.name}${SUFFIX}`), JSON.stringify(record));
}

export async function dropRecord(folder: string, name: string): Promise<void> {
  await rm(join(folder, `${name}${SUFFIX}`), { force: true });
}

/** All records of a folder; one that cannot be read is no record. */
export async function readRecords(folder: string): Promise<ProcessRecord[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => {
    const parsed = recordSchema.safeParse(parseJson(text));
    return parsed.success ? [parsed.data] : [];
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
