import { createHmac } from 'node:crypto';

export const csrfHeader = 'x-flotilla-csrf';

/** Belongs to one session, and is known only to who knows its secret. */
export function csrfTokenOf(secret: string): string {
  return createHmac('sha256', secret).update('csrf').digest('base64url');
}
