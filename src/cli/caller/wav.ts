/** WAV files, read and written whole and at once. */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseWav, type Sound, wavBytes } from '../../client/wav.js';

export { type Sound, wavBytes } from '../../client/wav.js';

export function writeWav(path: string, sound: Sound): void {
  writeFileSync(path, wavBytes(sound));
}

/** Throws for a file that is not mono 16-bit PCM. A length that a pipe could not know is read as the rest. */
export const readWav = (path: string): Sound => parseWav(readFileSync(path), path);
