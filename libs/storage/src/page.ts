/** One page of a list; `next` is the cursor of the page behind it, null on the last one. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** The last row of a page, from which the next one goes on. */
export interface PageEnd {
  readonly at: number;
  readonly id: string;
}

/** The cursor is not one that we gave. */
export class BadCursor extends Error {
  override readonly name = 'BadCursor';
}

export function encodeCursor({ at, id }: PageEnd): string {
  return Buffer.from(`${at} ${id}`).toString('base64url');
}

const idOf = {
  job: /^[0-9a-z._-]{1,64}$/,
  run: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
} as const;

/** Throws BadCursor: also for a cursor of another list, whose ids look different. */
export function decodeCursor(cursor: string, list: keyof typeof idOf): PageEnd {
  const [, at, id = ''] = /^(-?\d{1,14}) (.*)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (at === undefined || !idOf[list].test(id))
    throw new BadCursor(`"${cursor}" is not a cursor of this list`);
  return { at: Number(at), id };
}
