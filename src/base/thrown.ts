/** What was thrown, in words: anything may be. */

/** The message of an error, or whatever it was as text. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** ENOENT, EACCES and the like, which say it best, where it has one; else its message. */
export const codeOf = (thrown: unknown): string =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown ? String(thrown.code) : messageOf(thrown);
