import { note } from './note.ts';

interface Ended {
  readonly runId: string;
  readonly attempt: number;
}

type Settle = (
  ended: Ended,
  report: { readonly outcome: { readonly kind: string } },
  ...words: never[]
) => Promise<{ readonly kind: string }>;

/** Writes down each result that was offered, and how it was answered. */
export function recordSettles<Words extends readonly unknown[]>(
  create: (...words: Words) => Settle,
  file: string,
): (...words: Words) => Settle {
  return (...words) => {
    const settle = create(...words);
    return async (ended, report, ...more) => {
      const result = await settle(ended, report, ...more);
      const { runId, attempt } = ended;
      note(file, { kind: 'settled', runId, attempt, outcome: report.outcome.kind, answer: result.kind });
      return result;
    };
  };
}
