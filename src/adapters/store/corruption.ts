/** Telling a file whose bytes are not what was written into it from a disk that is full or broken. */

const primaryCodes: readonly number[] = [11, 26];

/** In words when the error says so: SQLITE_CORRUPT or SQLITE_NOTADB, which some calls give by their text alone. */
export function corruptionIn(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const code = 'sqliteCode' in error && typeof error.sqliteCode === 'number' ? error.sqliteCode & 0xff : null;
  const isCorrupt = code === null ? /malformed|not a database/i.test(error.message) : primaryCodes.includes(code);
  return isCorrupt ? error.message : null;
}
