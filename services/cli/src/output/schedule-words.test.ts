import { expect, test } from 'vitest';
import { scheduleWords } from './schedule-words.ts';

const after = { on: 'success', delay: '0s' } as const;

test.each([
  [{}, 'by hand'],
  [{ after: { job: 'backup', ...after } }, 'after backup (success)'],
  [
    { after: { jobs: ['backup', 'import'], join: 'any' as const, ...after } },
    'after backup or import (success)',
  ],
  [
    { after: { jobs: ['backup', 'import', 'mail'], join: 'all' as const, ...after } },
    'after backup, import and mail (success)',
  ],
])('%j runs %s', (job, words) => expect(scheduleWords(job)).toBe(words));
