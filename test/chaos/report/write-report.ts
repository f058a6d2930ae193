import { readFile, writeFile } from 'node:fs/promises';
import { readReport, renderReport, withSummary } from './render-report.ts';
import type { Summary } from './summary.ts';

/** Adds a campaign to a report, which is made where there is none. */
export async function writeReport(file: string, summary: Summary): Promise<void> {
  const before = await readFile(file, 'utf8').catch(() => '');
  await writeFile(file, renderReport(withSummary(readReport(before), summary)));
}
