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
/** Pieces of a line that are looked for one by one, and how far each may have been moved. */
const pieceSamples = 4000;
const slackMs = 100;

/** At least so loud, against the original, is heard; at most `unheardDbMax` is not; between is a fault either way. */
export const heardDbMin = -3;
export const unheardDbMax = -40;

const samplesOf = (ms: number): number => Math.round((ms * evidenceRateHz) / 1000);

/** What `heard` holds from the monotonic instant `fromMs` on; silence where it holds nothing. */
function cut(heard: Heard, fromMs: number, count: number): Int16Array {
  const start = samplesOf(fromMs - heard.startedAtMs);
  const piece = new Int16Array(count);
  const missing = Math.min(count, Math.max(0, -start));
  piece.set(heard.samples.subarray(start + missing, start + count), missing);
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

/** A-law has no zero: its silence is a constant, which nobody hears. */
function withoutOffset(samples: Int16Array): Int16Array {
  const mean = Math.round(samples.reduce((sum, sample) => sum + sample, 0) / samples.length);
  return samples.map((sample) => sample - mean);
}

/** All that is there while one speaks, whatever it is and however late: what a leak cannot hide below. */
function boundOf(line: Utterance, heard: Heard): number {
  const present = cut(heard, line.startedAtMs, line.samples.length + samplesOf(lagMsMax));
  const level = levelDbfs(withoutOffset(present));
  return level === silenceDb ? silenceDb : level - levelDbfs(line.samples);
}

/** A voice in a recording: what was said, and where it is to be found there, in samples of the recording's time. */
type Trace = { readonly said: Int16Array; readonly fromMs: number };

/**
 * Where a piece of a trace really lies: a machine that stalls for a moment moves the playout by a frame or two, and
 * that is no fault of what was heard.
 */
function settle(heard: Heard, { said, fromMs }: Trace): number {
  const slack = samplesOf(slackMs);
  const around = cut(heard, fromMs - slackMs, said.length + 2 * slack);
  return fromMs + ((findLag(said, around, 2 * slack) - slack) * 1000) / evidenceRateHz;
}

const energyOf = (samples: Int16Array): number => samples.reduce((sum, sample) => sum + sample * sample, 0);

/**
 * How much of a line is in a recording, piece by piece. Voices that speak at once resemble each other a little: all are
 * fitted together.
 */
function gainOf(line: Utterance, others: readonly Utterance[], heard: Heard, lagOf: (speaker: Name) => number): number {
  const trace = ({ who, samples, startedAtMs }: Utterance): Trace => ({
    said: samples,
    fromMs: startedAtMs + (lagOf(who) * 1000) / evidenceRateHz,
  });
  const wanted = line.heardBy.includes(heard.who);
  let weighted = 0;
  let energy = 0;
  for (let at = 0; at < line.samples.length; at += pieceSamples) {
    const said = line.samples.subarray(at, at + pieceSamples);
    const expected: Trace = { said, fromMs: trace(line).fromMs + (at * 1000) / evidenceRateHz };
    // What must not be there is looked for where it would be, and not where chance is most like it.
    const fromMs = wanted ? settle(heard, expected) : expected.fromMs;
    const voices = others.map((other) => {
      const whole = trace(other);
      const piece = cut({ who: other.who, startedAtMs: whole.fromMs, samples: whole.said }, fromMs, said.length);
      const movedMs = settle(heard, { said: piece, fromMs }) - fromMs;
      return cut({ who: other.who, startedAtMs: whole.fromMs + movedMs, samples: whole.said }, fromMs, said.length);
    });
    const [gain = 0] = createFit([said, ...voices])(cut(heard, fromMs, said.length));
    weighted += gain * energyOf(said);
    energy += energyOf(said);
  }
  return weighted === 0 ? silenceDb : Math.max(silenceDb, 20 * Math.log10(Math.abs(weighted / energy)));
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
