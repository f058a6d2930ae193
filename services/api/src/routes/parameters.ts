import { clientKeyPattern } from '@flotilla/domain';
import { z } from 'zod';

/** Text that may be asked for: neither empty nor with control characters, which Postgres does not take. */
export const askableText = z
  .string()
  .regex(/^[^\p{Cc}]{1,200}$/u, 'it is 1 to 200 characters without control characters');

/** The last part of a job's address. Any text: what no job is called is answered with the nearest that is. */
export const jobParams = z.object({ id: askableText.meta({ description: 'the id of the job' }) });

export const runParams = z.object({ id: askableText.meta({ description: 'the id of the run, a UUID' }) });

/** `true` or `false`, as the text of a query. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** The client's key of a request that may be sent twice (ID-1). */
export const keyHeader = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(clientKeyPattern, 'a key is 1 to 200 printable ASCII characters')
    .optional()
    .meta({ description: 'a repeated key answers with the first run; without one each call is a new run' }),
});

/** No query parameter is taken, and none ignored. */
export const noQuery = z.strictObject({});

/** No body, or an empty object: what is sent for nothing would be ignored in silence. */
export const noBody = z.strictObject({}).nullish();
