import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { alarmKinds, alarmRules, initialStates, parseJob, runStates, transitions } from '@flotilla/domain';
import { parse as parseToml } from 'smol-toml';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(`${root}README.md`, 'utf8');

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(
    (match) => match[1] ?? '',
  );
}

test('the picture of the life of a run is the state machine', () => {
  const picture = blocks('mermaid').find((block) => block.startsWith('stateDiagram')) ?? '';
  const drawn = [...picture.matchAll(/(\S+) --> (\S+)/g)].map(([, from, to]) => `${from} → ${to}`);
  const machine = [
    ...initialStates.map((state) => `[*] → ${state}`),
    ...runStates.flatMap((from) => transitions[from].map((to) => `${from} → ${to}`)),
  ];
  expect(drawn.sort()).toEqual(machine.sort());
});

test('every job in an example is a valid one', () => {
  const documents = blocks('toml').flatMap((block) => (parseToml(block) as { jobs: unknown[] }).jobs);
  expect(documents.length).toBeGreaterThan(0);
  for (const document of documents) expect(parseJob(document)).toMatchObject({ ok: true });
});

test('every variable that the code reads is in the manual, and no other', () => {
  const sources = ['libs', 'services'].flatMap((folder) =>
    readdirSync(`${root}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter(
        (path) => /src\/.*\.ts$/.test(path) && !path.endsWith('.test.ts') && !path.includes('node_modules'),
      )
      .map((path) => readFileSync(`${root}${folder}/${path}`, 'utf8')),
  );
  const declared = sources.flatMap((source) =>
    [...source.matchAll(/\b(?:variable|secret|retention)\(\s*'([A-Z_]+)'/g)].map((match) => match[1] ?? ''),
  );
  const table = readme.slice(readme.indexOf('| variable |'), readme.indexOf('PostgreSQL 15 or newer'));
  const documented = [...table.matchAll(/`([A-Z_]+)`/g)].map((match) =>
    (match[1] ?? '').replace(/_FILE$/, ''),
  );
  expect([...new Set(documented)].sort()).toEqual([...new Set(declared)].sort());
});

test('the table of alarms is the catalogue', () => {
  const table = readme.slice(readme.indexOf('| alarm |'), readme.indexOf('`/readyz` of a service'));
  const rows = table.trimEnd().split('\n').slice(2);
  expect(rows).toEqual(
    alarmKinds.map((kind) => {
      const { subject, means, remedy, concernsReadiness } = alarmRules[kind];
      return `| \`${kind}\`${concernsReadiness ? ' ●' : ''} | ${subject} | ${means} | ${remedy} |`;
    }),
  );
});
