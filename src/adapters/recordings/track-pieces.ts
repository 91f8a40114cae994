/** What was taken down of the participants of a recording, laid on the clock of its mix. */
import type { TakenDown, TakenTrack } from '../../app/recordings/file-port.js';
import type { Capture } from '../../app/recordings/recorder-port.js';
import type { SidStyle } from '../../base/sids.js';
import { frameMs, frameOfTurn, type RecordingClock } from '../../recordings/course.js';
import type { RecordedTrack, Recording } from '../../recordings/recording.js';
import type { BesideTask, TrackTask } from '../../worker/recordings/make-task.js';

type Beside = Omit<BesideTask, 'tracks'> & { readonly tracks: readonly (TrackTask & RecordedTrackName)[] };
type RecordedTrackName = Pick<RecordedTrack, 'callSid' | 'label'>;

/** Null where none were to be taken down, or the recording never began. A call has one track, however often it came. */
export function besideOf(recording: Recording, { mix, tracks }: TakenDown, sidStyle: SidStyle): Beside | null {
  const { firstTurn, timeline, gaps, notesLost, startedAtMs } = mix;
  if (recording.hasTracks !== true || firstTurn === null) return null;
  const clock = { firstTurn, timeline };
  const byCall = new Map<string, TakenTrack[]>();
  for (const taken of [...tracks].sort((a, b) => a.order - b.order)) {
    byCall.set(taken.callSid, [...(byCall.get(taken.callSid) ?? []), taken]);
  }
  const { sid: recordingSid, conferenceSid } = recording;
  return {
    head: { recordingSid, conferenceSid, sidStyle, startedAtMs },
    course: { timeline, gaps, notesLost },
    tracks: [...byCall.values()].flatMap((taken) => trackOf(taken, clock, mix) ?? []),
  };
}

function trackOf(taken: readonly TakenTrack[], clock: RecordingClock, mix: Capture): Beside['tracks'][number] | null {
  const last = taken.at(-1);
  if (last === undefined) return null;
  const placed = taken.flatMap(({ capture }) =>
    capture.firstTurn === null ? [] : [{ capture, at: frameOfTurn(clock, capture.firstTurn) }],
  );
  const samplesPerFrame = (mix.rateHz * frameMs) / 1000;
  return {
    callSid: last.callSid,
    label: last.label,
    pieces: placed.map(({ capture, at }) => ({
      audioPath: capture.audioPath,
      first: at * samplesPerFrame,
      samples: capture.frames * samplesPerFrame,
    })),
    gaps: placed.flatMap(({ capture, at }) => gapsOf(capture, at, mix)),
  };
}

/** A track that a crash cut short is silent for as much longer as the mix is. */
function gapsOf({ gaps, frames, why }: Capture, at: number, mix: Capture): TrackTask['gaps'] {
  const own = gaps.map((gap) => ({ ...gap, at: at + gap.at }));
  const missing = mix.frames - (at + frames);
  return why === 'failed' && missing > 0 ? [...own, { at: at + frames, frames: missing, why: 'crash' }] : own;
}
