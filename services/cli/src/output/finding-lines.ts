import type { Diagnosis } from '../doctor/examine-fleet.ts';
import type { Finding } from '../doctor/finding.ts';
import { displayWidth, pad } from './display-width.ts';
import { plain } from './printable.ts';
import type { Style } from './style.ts';

/** One line for each check. They are never cut: what to do stands at the end. */
export function findingLines({ fleet, findings }: Diagnosis, style: Style): string[] {
  const width = Math.max(...findings.map(({ check }) => displayWidth(check)));
  return [
    style.colours.dim(`looking at ${fleet}`),
    ...findings.map((finding) => `${mark(finding, style)}  ${pad(finding.check, width)}  ${words(finding)}`),
  ];
}

function mark({ verdict }: Finding, { colours }: Style): string {
  return verdict === 'fine' ? colours.green(pad('ok', markWidth)) : colours.red('wrong');
}

const markWidth = 'wrong'.length;

function words(finding: Finding): string {
  return plain(finding.verdict === 'fine' ? finding.says : `${finding.says}: ${finding.remedy}`);
}
