/** The job that renders the default hold music into the memory of its clip. */
import { ClipWriter } from '../../media/clip-memory.js';
import { renderHoldMusic } from '../../sound/hold-music.js';
import { toInt16 } from '../../sound/to-int16.js';

/** REQUIRES: memory of a whole clip of `holdMusicSamples`. */
export type MusicTask = { readonly memory: SharedArrayBuffer };

export async function renderMusic({ memory }: MusicTask): Promise<void> {
  const clip = new ClipWriter(memory);
  clip.write(toInt16(renderHoldMusic()));
  clip.end();
}
