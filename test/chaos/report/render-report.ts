import { type Invariant, invariants } from '../checker/violation.ts';
import type { Distribution, Summary } from './summary.ts';

/** How a summary is kept in the report, for the totals of the next one. */
const kept = /^<!-- campaign (.*) -->$/gm;

/** The report of campaigns, as Markdown: totals first, then each campaign. */
export function renderReport(summaries: readonly Summary[]): string {
  return `${[...totals(summaries), ...summaries.flatMap(section)].join('\n')}\n`;
}

/** The campaigns that a report tells of. */
export function readReport(text: string): Summary[] {
  return [...text.matchAll(kept)].map(([, json = '']) => JSON.parse(json) as Summary);
}

/** A campaign with a seed that was there before takes its place. */
export function withSummary(summaries: readonly Summary[], summary: Summary): Summary[] {
  return [...summaries.filter(({ seed }) => seed !== summary.seed), summary];
}

export function countViolations(summary: Summary): number {
  return sum(Object.values(summary.violations));
}

function totals(summaries: readonly Summary[]): string[] {
  const total = (count: (summary: Summary) => number) => sum(summaries.map(count));
  const kinds = [...new Set(summaries.flatMap(({ faults }) => Object.keys(faults)))].sort();
  return [
    '# What faults did to a fleet',
    '',
    'Written by `npm run chaos`; what is done and judged is told in `README.md` beside it.',
    '',
    table(
      ['seeds', 'minutes', 'faults', 'runs', 'of them started', 'through the sink', 'events', 'violations'],
      [
        [
          summaries.map(({ seed }) => seed).join(', '),
          total(({ minutes }) => minutes),
          total(({ faults }) => sum(Object.values(faults))),
          total(({ runs }) => runs),
          total(({ started }) => started),
          total(({ sinkRuns }) => sinkRuns),
          total(({ events }) => events),
          total(countViolations),
        ],
      ],
    ),
    '',
    table(
      ['invariant', 'promises', 'violations'],
      (Object.keys(invariants) as Invariant[]).map((name) => [
        name,
        invariants[name],
        total(({ violations }) => violations[name]),
      ]),
    ),
    '',
    table(
      ['fault', ...summaries.map(({ seed }) => `seed ${seed}`)],
      kinds.map((kind) => [kind, ...summaries.map(({ faults }) => faults[kind] ?? 0)]),
    ),
    '',
  ];
}

function section(summary: Summary): string[] {
  const { seed, minutes, machine, lateness, recovery, examples } = summary;
  const measured: [string, Distribution | null][] = [
    ['due → claim, first attempts', lateness],
    ...Object.entries(recovery).map(([kind, one]): [string, Distribution] => [`${kind} → next attempt`, one]),
  ];
  return [
    `## Seed ${seed}`,
    '',
    `${minutes} minutes on ${machine}: ${summary.runs} runs, ${summary.attempts} attempts, ${summary.events} events, ${summary.requests} requests, ${sum(Object.values(summary.faults))} faults.`,
    '',
    table(
      ['milliseconds', 'count', 'p50', 'p99', 'max'],
      measured.map(([name, one]) => [name, one?.count ?? 0, one?.p50 ?? '', one?.p99 ?? '', one?.max ?? '']),
    ),
    '',
    `Processes that ended by themselves: ${wordsOf(summary.deserters)}. Violations: ${countViolations(summary)}.`,
    ...examples.map((example) => `- ${example}`),
    '',
    `<!-- campaign ${JSON.stringify(summary)} -->`,
    '',
  ];
}

function wordsOf(counts: Readonly<Record<string, number>>): string {
  const words = Object.entries(counts).map(([how, count]) => `${count} with ${how}`);
  return words.length === 0 ? 'none' : words.join(', ');
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
