import { type Role, roles } from '@flotilla/domain';
import { type Command, Option } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { TokenBody } from '../../client/bodies.ts';
import type { CliContext } from '../../context.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import type { Style } from '../../output/style.ts';
import { withOutput } from '../output-options.ts';

/** The token itself, in the one answer that has it. */
interface CreatedTokenBody extends TokenBody {
  readonly token: string;
}

interface CreateOptions extends OutputOptions {
  readonly role: Role;
}

export function registerTokensCreate(tokens: Command, context: CliContext): void {
  const create = tokens
    .command('create')
    .description('make a token: a viewer looks, an operator changes jobs and runs, an admin does everything')
    .argument('<name>', 'who is to have it')
    .addOption(new Option('--role <role>', 'what it may do').choices([...roles]).makeOptionMandatory());
  withOutput(create).action(async (name: string, options: CreateOptions) => {
    const client = await connectApi(context);
    const sent = { body: { name, role: options.role } };
    const { body } = await client.send<CreatedTokenBody>('POST', ['tokens'], sent);
    print(context, options, body, (style) => createdLines(body, style));
  });
}

function createdLines({ name, role, token }: CreatedTokenBody, { colours }: Style): string[] {
  return [`${colours.green('created')} ${colours.bold(name)}, ${role}; the token is shown only now:`, token];
}
