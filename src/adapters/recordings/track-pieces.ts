/** What was taken down of the participants of a recording, laid on the clock of its mix. */
import type { TakenDown, TakenTrack } from '../../app/recordings/file-port.js';
import type { Capture } from '../../app/recordings/recorder-port.js';
import type { SidStyle } from '../../base/sids.js';
import { frameMs, frameOfTurn, type RecordingClock, turnOfFrame } from '../../recordings/course.js';
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
  return {
    callSid: last.callSid,
    label: last.label,
    pieces: taken.flatMap(({ capture }) => piecesOf(capture, clock)),
    gaps: taken.flatMap(({ capture }) => gapsOf(capture, clock, mix)),
  };
}

/** Where a frame of a capture is on the clock of the mix; null for a capture that never began. */
function placing({ firstTurn, timeline }: Capture, clock: RecordingClock): ((frame: number) => number) | null {
  if (firstTurn === null) return null;
  return (frame) => frameOfTurn(clock, turnOfFrame({ firstTurn, timeline }, frame));
}

/**
 * What it took down between pauses that were skipped: each by itself, for shards of one room may begin and end them a
 * turn apart.
 */
function piecesOf(capture: Capture, clock: RecordingClock): TrackTask['pieces'] {
  const placeOf = placing(capture, clock);
  if (placeOf === null) return [];
  const { audioPath, rateHz, frames, timeline } = capture;
  const samplesPerFrame = (rateHz * frameMs) / 1000;
  const starts = timeline.flatMap((entry) => (entry.kind === 'resume' && entry.skipped > 0 ? [entry.at] : []));
  const edges = [0, ...starts.filter((at) => at > 0 && at < frames), frames];
  return edges.slice(0, -1).map((from, index) => ({
    audioPath,
    from: from * samplesPerFrame,
    first: placeOf(from) * samplesPerFrame,
    samples: ((edges[index + 1] ?? frames) - from) * samplesPerFrame,
  }));
}

/** A track that a crash cut short is silent for as much longer as the mix is. */
function gapsOf(capture: Capture, clock: RecordingClock, mix: Capture): TrackTask['gaps'] {
  const placeOf = placing(capture, clock);
  if (placeOf === null) return [];
  const { gaps, frames, why } = capture;
  const own = gaps.map((gap) => ({ ...gap, at: placeOf(gap.at) }));
  const end = placeOf(frames);
  const missing = mix.frames - end;
  return why === 'failed' && missing > 0 ? [...own, { at: end, frames: missing, why: 'crash' }] : own;
}
