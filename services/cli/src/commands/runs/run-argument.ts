/** What a command that takes a run is told, in one wording for all of them. */
export const runArgument = ['<run>', 'an id, the end of one, or a job for the latest of its runs'] as const;
