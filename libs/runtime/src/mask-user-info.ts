/** Drivers quote connection URLs in their errors. */
export function maskUserInfo(text: string): string {
  return text.replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]+@/gi, '$1[secret]@');
}
