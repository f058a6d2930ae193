/** What makes one word a script: words to split, or signs that only a shell acts on. */
const shellSigns = /[\s|&;<>()$`"'*?~#{}[\]\\]/;

/**
 * What a command line after `--` means. Several words are a program and its arguments, handed over as they are; one
 * word that only a shell can make sense of (`'make report && mail'`) is a script; one plain word is a program.
 */
export function turnFrom(words: readonly string[]): { shell: string } | { argv: readonly string[] } {
  const [first = ''] = words;
  return words.length === 1 && shellSigns.test(first) ? { shell: first } : { argv: words };
}
