import { excerptLimitBytes, type Outcome } from '@flotilla/domain';
import { expect, test } from 'vitest';
import type { AttemptEnd } from './attempt-end.ts';
import { searchOutputs } from './conditions.ts';
import { readHeirs } from './heirs.ts';
import { settleAttempts } from './settle.ts';
import { aDocument, aJob, atWork, openTestLedger } from './test-ledger.ts';

const { store, sql } = await openTestLedger();
const good: Outcome = { kind: 'exited', exitCode: 0 };

function wrote(end: AttemptEnd, stdout: string, stderr = ''): AttemptEnd {
  const excerpt = (text: string) => ({ text, bytes: text.length, truncated: false });
  return { ...end, report: { ...end.report, stdout: excerpt(stdout), stderr: excerpt(stderr) } };
}

/** The children of a run, by the ends of their slugs. */
async function firedBy(end: AttemptEnd, text: string, stderr = ''): Promise<string[]> {
  await settleAttempts(store, [wrote(end, text, stderr)]);
  const rows = await sql<{ slug: string }>(
    'SELECT j.slug FROM runs r JOIN jobs j ON j.id = r.job_id WHERE r.parent_id = $1 ORDER BY j.slug',
    [end.runId],
  );
  return rows.map(({ slug }) => slug);
}

test('each child asks for its own text or pattern, in the last attempt as the ledger has it', async () => {
  const parent = await aJob(store, { overlap: 'allow' });
  const wanted = {
    'c-error': { contains: 'ERROR' },
    'd-lines': { matches: '(?m)^\\d+ rows$' },
    'e-mended': { contains: '\ufffd' },
  };
  for (const [id, when] of Object.entries(wanted))
    await aJob(store, { id, after: { job: parent.slug, when } });
  await aJob(store, { id: 'b-any', after: { job: parent.slug } });
  const fired = async (stdout: string, stderr?: string) =>
    firedBy((await atWork(store, parent))(good), stdout, stderr);
  expect(await fired('all is well')).toEqual(['b-any']);
  expect(await fired('all is well', 'ERROR')).toEqual(['b-any', 'c-error']);
  expect(await fired('first\n12 rows\nlast')).toEqual(['b-any', 'd-lines']);
  expect(await fired('a NUL: \0')).toEqual(['b-any', 'e-mended']);
});

test('what was searched for is known under the locks; what an edit asks for since is searched for there', async () => {
  const parent = await aJob(store, { overlap: 'allow' });
  await aJob(store, { after: { job: parent.slug, when: { contains: 'done' } } });
  const end = (await atWork(store, parent))(good);
  let searches = 0;
  const { report } = end;
  const text = {
    get text() {
      searches += 1;
      return 'done';
    },
    bytes: 4,
    truncated: false,
  };
  const read = { ...end, report: { ...report, stdout: text } };
  const holds = await searchOutputs([read], await readHeirs(store, [read]));
  expect(searches).toBe(1);
  expect(holds({ contains: 'done', matches: null }, read)).toBe(true);
  expect(searches).toBe(1);
  expect(holds({ contains: 'new', matches: null }, read)).toBe(false);
  expect(searches).toBe(2);
});

/** The hardest that the door lets in: each of 64 KiB begins a search of its own that goes on for 70 characters. */
const hardest = [
  '[ab]*a[ab]{70}[cd]',
  '(?s).*a.{70}[cd]z',
  '\\b[ab]*a[ab]{70}\\b[cd]',
  '[ab]*a(?:\\B[ab]){35}[cd]',
];

test.each(hardest)('a search for %s in 64 KiB takes less than 100 ms of processor time', async (matches) => {
  const parent = await aJob(store, { overlap: 'allow' });
  await aJob(store, { after: { job: parent.slug, when: { matches } } });
  const end = (await atWork(store, parent))(good);
  const spent: number[] = [];
  for (let seed = 1; seed <= 3; seed++) {
    let state = seed;
    const letter = () => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state & 0x10000 ? 'a' : 'b';
    };
    const hay = wrote(end, Array.from({ length: excerptLimitBytes }, letter).join(''));
    const before = process.cpuUsage();
    const holds = await searchOutputs([hay], await readHeirs(store, [hay]));
    spent.push(process.cpuUsage(before).user / 1_000);
    expect(holds({ contains: null, matches }, hay)).toBe(false);
  }
  expect(Math.min(...spent)).toBeLessThan(100);
});

test('what goes back for ever elsewhere is refused, or found at once', () => {
  expect(() => aDocument({ after: { job: 'a', when: { matches: '(x+x+)+\\1' } } })).toThrow('RE2 syntax');
  expect(aDocument({ after: { job: 'a', when: { matches: '(x+x+)+y' } } }).after).toBeDefined();
});
