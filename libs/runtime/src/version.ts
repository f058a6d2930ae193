/** The release that this is. A constant, since a bundle lies elsewhere than its package.json; a test compares them. */
export const version = '0.1.0';
