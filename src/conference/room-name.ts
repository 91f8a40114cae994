/** Room names (CONTRACT §1.1): free text scoped to an account; trimmed, case-sensitive, 1 to 128 characters. */
import type { RoomName } from '../base/brands.js';

export const roomNameCharactersMax = 128;

/** Null when nothing is left after trimming, or more than the maximum: rejection 13237. Never truncates. */
export function parseRoomName(text: string): RoomName | null {
  const trimmed = text.trim();
  const characters = [...trimmed].length;
  return characters >= 1 && characters <= roomNameCharactersMax ? (trimmed as RoomName) : null;
}
