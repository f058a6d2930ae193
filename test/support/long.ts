/** Tests that take minutes run where this is asked for, and are skipped by name elsewhere. */
export const isLong = process.env['FLOTILLA_TEST_LONG'] === '1';
