import type { StreamMark, StreamPlace } from '@flotilla/storage';

export interface IntactSearch {
  /** The mark that came last, of those up to a place; null where there is none. */
  readonly lastMark: (upTo: StreamPlace) => Promise<StreamMark | null>;
  /** Whether the stream still has what the mark says: true up to some mark, and false after it. */
  readonly isIntact: (mark: StreamMark) => Promise<boolean>;
}

/**
 * EV-3: a rewind cuts a suffix. Gives the place up to which all marks are intact, and after which all are lost, where the
 * one at `lost` is. It asks about two questions for each bit of a sequence.
 */
export async function findLastIntact(
  { lastMark, isIntact }: IntactSearch,
  lost: StreamMark,
): Promise<StreamPlace> {
  let { epoch, sequence: lostAt } = lost;
  for (;;) {
    const before = await lastMark({ epoch, sequence: 0 }); // of an earlier life
    if (before === null || (await isIntact(before))) break;
    ({ epoch, sequence: lostAt } = before);
  }
  let intactUpTo = 0;
  while (lostAt - intactUpTo > 1) {
    const middle = intactUpTo + Math.floor((lostAt - intactUpTo) / 2);
    const mark = await lastMark({ epoch, sequence: middle });
    if (mark === null || mark.epoch < epoch || (await isIntact(mark))) intactUpTo = middle;
    else lostAt = mark.sequence;
  }
  return { epoch, sequence: intactUpTo };
}
