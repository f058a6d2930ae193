import { z } from 'zod';
import { storableText } from './storable-text.ts';

/** Text that Postgres can store and a process can be handed: without NUL and without halves of surrogate pairs. */
export function plainText(maxLength: number) {
  return z
    .string()
    .max(maxLength)
    .refine(
      (text) => storableText(text) === text,
      'a NUL character or half of a surrogate pair can be neither stored nor handed to a process',
    );
}
