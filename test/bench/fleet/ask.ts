import type { Fleet } from './fleet.ts';

export function ask<Row extends object>(
  { store }: Pick<Fleet, 'store'>,
  question: string,
  ...values: readonly unknown[]
): Promise<Row[]> {
  return store.ask<Row>({ name: '', text: question }, values);
}
