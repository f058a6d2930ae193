import { z } from 'zod';

/** What users call a job. It may be used again after the job's deletion; the job's identity is its uuid (ID-3). */
export const slug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,63}$/,
    'an id is 1 to 64 of a-z, 0-9, ".", "_" and "-", and begins with a letter or a digit',
  );
