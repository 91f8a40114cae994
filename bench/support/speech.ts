/** Speech for the telephones of the load, spoken by espeak-ng when it is first asked for, and kept. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { cast } from '../../src/cli/demo/screenplay.js';
import { speak } from '../../src/cli/demo/speech.js';

const folder = 'build/bench/speech';
const rateHz = 48_000;

/** Ten seconds or more each, so that a loop of six has no end in it. */
const texts = [
  'The train to the coast leaves at a quarter past nine from platform four, and there is another one an hour later.',
  'We have looked at the figures of the last three months, and most of them are better than anybody had expected.',
  'Please take the second road on the left behind the bridge and go on until you see a white house with a red door.',
  'I would rather call you again tomorrow morning, when my colleague who knows about all of this will be back.',
  'The new version has been running since Monday without a single failure, so we are going to use it everywhere.',
  'There were about two hundred people in the hall, and every one of them seemed to be talking at the same time.',
  'If the weather stays as it is we could have lunch outside, somewhere near the river where the old boats are.',
  'It took us more than an hour to find out that nothing was wrong with the machine except for a loose cable.',
];

/** Paths of raw int16 at 48 kHz, one a voice; none where espeak-ng is missing: the generator makes speech up then. */
export async function recordings(): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  const voices = Object.values(cast);
  const paths = texts.map((_, index) => `${folder}/${index}.raw`);
  try {
    for (const [index, text] of texts.entries()) {
      const path = paths[index] ?? '';
      const voice = voices[index % voices.length];
      if (existsSync(path) || voice === undefined) continue;
      const { samples } = await speak(voice, { text: `${text} ${text}`, rateHz, path: `${folder}/${index}.wav` });
      writeFileSync(path, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength));
    }
    return paths;
  } catch {
    return [];
  }
}
