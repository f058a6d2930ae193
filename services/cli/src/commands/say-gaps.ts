import type { FollowOptions } from '../client/follow-stream.ts';
import type { CliContext } from '../context.ts';

/** Tells people that what they follow pauses. */
export function sayBreak({ stderr }: Pick<CliContext, 'stderr'>): () => void {
  return () => void stderr.write('flotilla: the connection broke: taking it up again\n');
}

/** Tells people of breaks, and where events may be missing after all: the server does not know their place any more. */
export function sayGaps(context: Pick<CliContext, 'stderr'>): Pick<FollowOptions, 'onBreak' | 'onFresh'> {
  let hasBegun = false;
  return {
    onBreak: sayBreak(context),
    async onFresh() {
      if (hasBegun) context.stderr.write('flotilla: events may be missing here\n');
      hasBegun = true;
    },
  };
}
