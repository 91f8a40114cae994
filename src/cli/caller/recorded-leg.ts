/** A caller without RTP, on a line of the client: has a voice, and records what it hears. */
import { type Coding, frameSamples } from '../../client/coding.js';
import type { MediaLine } from '../../client/media-line.js';
import { monotonicNowMs } from './monotonic.js';
import { Recording } from './recording.js';
import type { Voice } from './voice.js';

/** Of what it says lies in the daemon: 60 ms. */
const aheadFrames = 3;

/** What the leg heard, and what went wrong with it. */
export type RecordedLeg = {
  readonly recording: Recording;
  /** Frames Parley dropped because we read too slowly. */
  readonly framesLost: () => number;
  /** What Parley said against this leg, newest last. */
  readonly complaints: () => readonly string[];
  /** False from the moment Parley let the leg go. */
  readonly attached: () => boolean;
};

export type LegOptions = { readonly callSid: string; readonly voice: Voice; readonly coding: Coding };

/** Resolves when frames may flow; rejects when Parley refuses the leg or the line breaks. */
export async function attachRecorded(line: MediaLine, { callSid, voice, coding }: LegOptions): Promise<RecordedLeg> {
  const samples = frameSamples(coding.rateHz);
  const recording = new Recording(coding.rateHz);
  const complaints: string[] = [];
  let [heard, lost, isAttached] = [0, 0, true];
  const say = (frames: number): void => {
    for (let count = 0; count < frames; count += 1) {
      leg.send(coding.encode(voice.next(samples) ?? new Int16Array(samples)));
    }
  };
  const leg = await line.attach(callSid, {
    heard(payload) {
      recording.add(heard & 0xffff, (heard * samples) >>> 0, coding.decode(payload), monotonicNowMs());
      heard += 1;
      say(1);
    },
    gap(frames) {
      lost += frames;
      heard += frames;
      say(frames);
    },
    markReached() {},
    cleared() {},
    complaint: ({ reason, details }) => complaints.push(`${reason}: ${details}`),
    ended() {
      isAttached = false;
    },
  });
  say(aheadFrames);
  return {
    recording,
    framesLost: () => lost,
    complaints: () => complaints,
    attached: () => isAttached,
  };
}
