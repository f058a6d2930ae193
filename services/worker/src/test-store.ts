import { type Session, StorageUnavailable, type Store } from '@flotilla/storage';

/** For tests alone: what a statement of that name and these values answers, or fails with. */
export type Answers = Readonly<Record<string, (values: readonly unknown[]) => Answer | Promise<Answer>>>;

type Answer = readonly object[];

/** A store without a database: statements are answered by name, and an unknown one answers no rows. */
export function aStore(answers: Answers): Store {
  const session: Session = {
    ask: async (statement, values = []) => ((await answers[statement.name]?.(values)) ?? []) as never[],
  };
  return {
    ...session,
    transaction: (use: (session: Session) => Promise<unknown>) => use(session),
  } as Store;
}

/** A real store whose next `times` transactions and statements are carried out, and their replies lost. */
export function losingReplies(store: Store, times: number): Store {
  let left = times;
  async function lose<T>(asking: Promise<T>): Promise<T> {
    const reply = await asking;
    if (left === 0) return reply;
    left -= 1;
    throw new StorageUnavailable('the reply was lost');
  }
  return {
    ...store,
    ask: (statement, values) => lose(store.ask(statement, values)),
    transaction: (use) => lose(store.transaction(use)),
  };
}
