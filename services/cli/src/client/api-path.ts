import { CommandError } from '../command-error.ts';

/** What goes behind the "?"; what is undefined stays out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The path of a resource below the server's address. Segments are users' text and stay one segment each. */
export function apiPath(segments: readonly string[], query: Query = {}): string {
  const path = ['api', 'v1', ...segments.map(segmentText)].join('/');
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

/** An URL folds "." and ".." away, however they are encoded: they would name another resource. */
function segmentText(text: string): string {
  if (text === '' || text === '.' || text === '..') throw new CommandError('usage', `"${text}" is not an id`);
  return encodeURIComponent(text);
}
