/** What `up` says once the fleet runs. The line `ready <url>` is the one that scripts wait for. */
export function readyLines(url: string): readonly string[] {
  return [
    '',
    'next, in another terminal:',
    '  npx flotilla runs list',
    '  npx flotilla jobs add hello --every 10s -- echo hello',
    '  npx flotilla runs logs hello',
    '',
    `ready ${url}`,
    '',
  ];
}
