import { afterReading } from './after-reading.ts';

/** What was asked of the guard and is not answered yet, by group. */
export interface Answers<Value> {
  /** Resolves with the answer; rejects once the guard has ended. One question a group at a time. */
  expect(groupId: number): Promise<Value>;
  give(groupId: number, value: Value): void;
  /** Nobody will answer any more. */
  close(): void;
}

/** A question that is not answered within `limitMs` is told to `onSilence`, and stays open. */
export function createAnswers<Value>(limitMs: number, onSilence: () => void): Answers<Value> {
  interface Question {
    readonly resolve: (value: Value) => void;
    readonly reject: (error: Error) => void;
    readonly timer: NodeJS.Timeout;
  }
  const open = new Map<number, Question>();

  function take(groupId: number): Question | undefined {
    const question = open.get(groupId);
    open.delete(groupId);
    clearTimeout(question?.timer);
    return question;
  }

  return {
    expect: (groupId) =>
      new Promise((resolve, reject) => {
        const timer = afterReading(limitMs, () => {
          if (open.get(groupId)?.timer === timer) onSilence();
        });
        open.set(groupId, { resolve, reject, timer });
      }),
    give: (groupId, value) => take(groupId)?.resolve(value),
    close() {
      for (const groupId of [...open.keys()]) take(groupId)?.reject(new Error('the guard has ended'));
    },
  };
}
