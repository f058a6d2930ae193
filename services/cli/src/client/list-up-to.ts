import type { ApiClient } from './api-client.ts';
import type { Query } from './api-path.ts';
import type { Page } from './bodies.ts';

/** Items asked for in one request. */
const pageSize = 100;

/** The first `limit` items of a list, over as many pages as it takes; `next` as the last page gave it. */
export async function listUpTo<Item>(
  client: ApiClient,
  path: readonly string[],
  query: Query,
  limit: number,
): Promise<Page<Item>> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await client.get<Page<Item>>(path, {
      ...query,
      limit: Math.min(limit - items.length, pageSize),
      cursor,
    });
    items.push(...page.items);
    if (page.next === null || items.length >= limit || page.items.length === 0)
      return { items, next: page.next };
    cursor = page.next;
  }
}
