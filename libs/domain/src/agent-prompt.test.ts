import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { agentPrompt, type ParentAccount, parentStreamLength } from './agent-prompt.ts';

const parent: ParentAccount = {
  run: '01920000-0000-7000-8000-000000000001',
  job: 'nightly-report',
  state: 'failed',
  reason: 'exit_code',
  stdout: 'one\ntwo\n',
  stderr: '',
};

test('without a parent an agent is asked what its job says, and nothing else', () => {
  expect(agentPrompt('Say hello', [])).toBe('Say hello');
});

test('what a parent left comes before the task, in numbered sections', () => {
  expect(agentPrompt('Find out why', [parent])).toBe(`# 1. What came before: nightly-report

Run 01920000-0000-7000-8000-000000000001 of the job "nightly-report" has ended: failed (exit_code).

Its standard output:
\`\`\`
one
two
\`\`\`

# 2. Your task

Find out why`);
});

test('each of several parents has its section', () => {
  const other = { ...parent, job: 'other', state: 'succeeded', reason: null, stdout: null };
  const lines = agentPrompt('Compare', [parent, other]).split('\n');
  expect(lines.filter((line) => line.startsWith('# '))).toEqual([
    '# 1. What came before: nightly-report',
    '# 2. What came before: other',
    '# 3. Your task',
  ]);
  expect(lines).toContain(`Run ${parent.run} of the job "other" has ended: succeeded.`);
});

test('of a long stream head and tail are told', () => {
  const stdout = `head${'x'.repeat(3 * parentStreamLength)}tail`;
  const text = agentPrompt('x', [{ ...parent, stdout }]);
  expect(text).toContain('```\nhead');
  expect(text).toContain('tail\n```');
  expect(text).toContain(`[… ${stdout.length - parentStreamLength} characters are left out …]`);
  expect(text.length).toBeLessThan(parentStreamLength + 500);
});

test.prop([fc.string({ unit: fc.constantFrom('`', '\n', 'a', '# 2. Your task') })])(
  'no output ends its own fence',
  (stdout) => {
    fc.pre(stdout.replace(/\n$/, '') !== '');
    const text = agentPrompt('the task', [{ ...parent, stdout }]);
    const fence = /\n(`{3,})\n/.exec(text)?.[1] ?? '';
    expect(text.split('\n').filter((line) => line === fence)).toHaveLength(2);
  },
);
