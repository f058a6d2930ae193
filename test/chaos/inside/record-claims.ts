import { note } from './note.ts';

interface Message {
  readonly runId: string;
  readonly attempt: number;
  readonly number: number;
}

type Answer =
  | { readonly kind: 'started'; readonly run: { readonly attempt: number } }
  | { readonly kind: 'refused' | 'notYet' | 'settled' | 'stale' | 'undecided' };

interface Claiming {
  claim(message: Message, ...words: never[]): Promise<Answer>;
}

/** Writes down what each claim was offered and what it got. */
export function recordClaims<Words extends readonly unknown[], Made extends Claiming>(
  create: (...words: Words) => Made,
  file: string,
): (...words: Words) => Made {
  return (...words) => {
    const claiming = create(...words);
    const claim = async (message: Message, ...more: never[]) => {
      const answer = await claiming.claim(message, ...more);
      if (answer.kind === 'started') {
        const { runId, attempt: offered, number: handOut } = message;
        note(file, { kind: 'claimed', runId, offered, handOut, attempt: answer.run.attempt });
      }
      return answer;
    };
    return { ...claiming, claim };
  };
}
