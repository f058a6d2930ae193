import type { CliContext } from '../context.ts';

/** Tells people that what they follow pauses. */
export function sayBreak({ stderr }: Pick<CliContext, 'stderr'>): () => void {
  return () => void stderr.write('flotilla: the connection broke: taking it up again\n');
}
