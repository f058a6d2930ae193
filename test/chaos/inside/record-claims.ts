import { note } from './note.ts';

interface Message {
  readonly runId: string;
  readonly attempt: number;
  readonly number: number;
}

type Answer =
  | { readonly kind: 'started'; readonly run: { readonly attempt: number } }
  | { readonly kind: 'refused' | 'notYet' | 'settled' | 'stale' | 'undecided' | 'waits' };

interface Claiming {
  claim(message: Message, token: string): Promise<Answer>;
}

/** Writes down what each claim was offered and what it got. */
export function recordClaims<Words extends readonly unknown[], Made extends Claiming>(
  create: (...words: Words) => Made,
  file: string,
): (...words: Words) => Made {
  return (...words) => {
    const claiming = create(...words);
    const claim = async (message: Message, token: string) => {
      const answer = await claiming.claim(message, token);
      const { runId, attempt: offered, number: handOut } = message;
      if (answer.kind === 'started') {
        note(file, { kind: 'claimed', runId, offered, handOut, attempt: answer.run.attempt });
      } else if (answer.kind === 'stale') {
        note(file, { kind: 'declined', runId, attempt: offered + 1, token });
      }
      return answer;
    };
    return { ...claiming, claim };
  };
}
