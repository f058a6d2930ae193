/** What `up` says once the fleet runs. The line `ready <url>` is the one that scripts wait for. */
export function readyLines(url: string, loginUrl: string): readonly string[] {
  return [
    '',
    'next, in another terminal:',
    '  npx flotilla runs list',
    '  npx flotilla jobs add hello --every 10s -- echo hello',
    '  npx flotilla runs logs hello',
    '',
    'the queues in a browser, by a link that opens once (npx flotilla login makes more):',
    `  ${loginUrl}`,
    '',
    `ready ${url}`,
    '',
  ];
}
