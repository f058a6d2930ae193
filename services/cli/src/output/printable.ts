/** Characters that steer a terminal or turn the direction of what follows. */
const steering = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Text of several lines that cannot steer a terminal; tabs and line ends stay. */
export function printable(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(steering, (sign) => (/[\n\t]/.test(sign) ? sign : '�'));
}

/** The same on one line: what jobs call themselves must not break a table either. */
export function plain(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(steering, '�');
}
