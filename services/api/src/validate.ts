import { fieldErrors } from '@flotilla/domain';
import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { Problem } from './problem.ts';

const parts: Readonly<Record<string, string>> = {
  params: 'the path',
  querystring: 'the query',
  headers: 'the headers',
  body: 'the body',
};

/** Checks one part of a request against its zod schema; what is wrong becomes a problem that names each field. */
export const validate: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (input: unknown) => {
    const result = schema.safeParse(input);
    if (result.success) return { value: result.data };
    const errors = fieldErrors(result.error, schema, input);
    const where = parts[httpPart ?? ''] ?? 'the request';
    const what = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`));
    return { error: new Problem('invalid_request', `in ${where}: ${what.join('; ')}`, { errors }) };
  };
