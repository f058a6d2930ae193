import type { Command } from 'commander';
import { connectApi } from '../../client/api-client.ts';
import type { Page, TokenBody } from '../../client/bodies.ts';
import type { CliContext } from '../../context.ts';
import { instantWords } from '../../output/instant-words.ts';
import { type OutputOptions, print } from '../../output/print.ts';
import type { Style } from '../../output/style.ts';
import { table } from '../../output/table.ts';
import { withOutput } from '../output-options.ts';

export function registerTokensList(tokens: Command, context: CliContext): void {
  const list = tokens.command('list').description('the tokens that are valid, by name');
  withOutput(list).action(async (options: OutputOptions) => {
    const page = await (await connectApi(context)).get<Page<TokenBody>>(['tokens']);
    print(context, options, page, (style) => tokensTable(page.items, style));
  });
}

function tokensTable(tokens: readonly TokenBody[], style: Style): string[] {
  return table(
    tokens,
    [
      { title: 'NAME', cell: ({ name }) => name, least: 16 },
      { title: 'ROLE', cell: ({ role }) => role },
      { title: 'CREATED', cell: ({ createdAt }) => instantWords(createdAt, style), dropOrder: 0 },
    ],
    { style, empty: 'no tokens: flotilla tokens create --help' },
  );
}
