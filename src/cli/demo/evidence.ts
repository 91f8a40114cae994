/** What the recordings prove: who heard whom, how loud, in every line of the screenplay. */
import { createFit, findLag, levelDbfs, silenceDb } from '../caller/levels.js';
import type { Name } from './screenplay.js';

/** Everything is compared at this rate. */
export const evidenceRateHz = 8000;

/** Instants are of the machine's monotonic clock. */
export type Utterance = {
  readonly who: Name;
  readonly text: string;
  readonly startedAtMs: number;
  readonly samples: Int16Array;
  readonly heardBy: readonly Name[];
};

export type Heard = { readonly who: Name; readonly startedAtMs: number; readonly samples: Int16Array };

/** One line in one recording. `gainDb` is its level there against what was said; -120 is silence. */
export type Finding = {
  readonly line: number;
  readonly speaker: Name;
  readonly listener: Name;
  readonly wanted: boolean;
  readonly gainDb: number;
};

/** From the telephone through the mixer to the other telephone, at most. */
const lagMsMax = 400;
/** How much of a line is enough to find it by. */
const lagSamples = 8000;

/** At least so loud, against the original, is heard; at most `unheardDbMax` is not; between is a fault either way. */
export const heardDbMin = -3;
export const unheardDbMax = -40;

const samplesOf = (ms: number): number => Math.round((ms * evidenceRateHz) / 1000);

/** What `heard` holds from the monotonic instant `fromMs` on; silence where it holds nothing. */
function cut(heard: Heard, fromMs: number, count: number): Int16Array {
  const start = samplesOf(fromMs - heard.startedAtMs);
  const piece = new Int16Array(count);
  piece.set(heard.samples.subarray(Math.max(0, start), Math.max(0, start + count)), Math.max(0, -start));
  return piece;
}

const endOf = (line: Utterance): number => line.startedAtMs + (line.samples.length * 1000) / evidenceRateHz;
const overlap = (a: Utterance, b: Utterance): boolean => a.startedAtMs < endOf(b) && b.startedAtMs < endOf(a);

/** Median delay in samples from one to the other, over the lines in which only one spoke; null if there is none. */
function lagBetween(lines: readonly Utterance[], speaker: Name, heard: Heard): number | null {
  const lags = lines
    .filter((line) => line.who === speaker && line.heardBy.includes(heard.who))
    .filter((line) => !lines.some((other) => other !== line && overlap(line, other)))
    .map((line) => {
      const start = line.samples.subarray(0, lagSamples);
      return findLag(start, cut(heard, line.startedAtMs, start.length + samplesOf(lagMsMax)), samplesOf(lagMsMax));
    })
    .sort((a, b) => a - b);
  return lags[Math.floor(lags.length / 2)] ?? null;
}

/** All that is there while one speaks, whatever it is and however late: what a leak cannot hide below. */
function boundOf(line: Utterance, heard: Heard): number {
  const present = cut(heard, line.startedAtMs, line.samples.length + samplesOf(lagMsMax));
  const level = levelDbfs(present);
  return level === silenceDb ? silenceDb : level - levelDbfs(line.samples);
}

/** How much of a line is in a recording. Voices that speak at once resemble each other a little: all are fitted. */
function gainOf(line: Utterance, others: readonly Utterance[], heard: Heard, lagOf: (speaker: Name) => number): number {
  const laggedMs = (said: Utterance): number => said.startedAtMs + (lagOf(said.who) * 1000) / evidenceRateHz;
  const fromMs = laggedMs(line);
  const voices = others.map((other) => {
    const said: Heard = { who: other.who, startedAtMs: laggedMs(other), samples: other.samples };
    return cut(said, fromMs, line.samples.length);
  });
  const [gain = 0] = createFit([line.samples, ...voices])(cut(heard, fromMs, line.samples.length));
  return gain === 0 ? silenceDb : Math.max(silenceDb, 20 * Math.log10(Math.abs(gain)));
}

/** Every line in every recording, the speaker's own included: nobody hears themselves. */
export function examine(lines: readonly Utterance[], recordings: readonly Heard[]): readonly Finding[] {
  return recordings.flatMap((heard) => {
    const lags = new Map<Name, number>();
    for (const { who } of lines) {
      const lag = lags.get(who) ?? lagBetween(lines, who, heard);
      if (lag !== null) lags.set(who, lag);
    }
    const known = [...lags.values()].sort((a, b) => a - b);
    const usual = known[Math.floor(known.length / 2)] ?? 0;
    return lines.map((line, index) => {
      const wanted = line.heardBy.includes(heard.who);
      const others = lines.filter((other) => other !== line && overlap(line, other));
      const gainDb =
        wanted || others.length > 0
          ? gainOf(line, others, heard, (speaker) => lags.get(speaker) ?? usual)
          : boundOf(line, heard);
      return { line: index, speaker: line.who, listener: heard.who, wanted, gainDb };
    });
  });
}

export const holds = ({ wanted, gainDb }: Finding): boolean => (wanted ? gainDb >= heardDbMin : gainDb <= unheardDbMax);
