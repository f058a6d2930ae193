import { z } from 'zod';

const defaultLimit = 50;
const maxLimit = 200;

/** The query of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(maxLimit).default(defaultLimit),
  cursor: z.string().min(1).max(1000).exactOptional().meta({ description: '`next` of the page before' }),
};

/** Every list answers with its items and the cursor of the next page; null after the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

export function toPage<From, To>(
  page: { readonly items: readonly From[]; readonly next: string | null },
  toItem: (item: From) => To,
): { items: To[]; next: string | null } {
  return { items: page.items.map(toItem), next: page.next };
}
