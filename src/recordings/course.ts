/** What a recording went through while it was taken down, as its journal keeps it: the samples do not say it. */

/** A recording counts time in turns of its room: 20 ms each. */
export const frameMs = 20;

/** A place on the recording's own clock: frames of 20 ms that were taken down before it. */
export type FrameAt = number;

/** Something that happened in the room while this was recorded. */
export type TimelineNote = {
  /** `join`, `leave`, `mute`, `unmute`, `hold`, `unhold`, `coach`, `uncoach`: 1 to 32 characters. */
  readonly what: string;
  /** Whom it is about: a call's sid; null: the room. */
  readonly who: string | null;
  /** Of who joined; left out: it has none. At most 128 characters. */
  readonly label?: string;
};

/** Silence in a recording where something should have been: it was lost, and is of the same length. */
export type Gap = {
  readonly at: FrameAt;
  readonly frames: number;
  /** The disk was away longer than the ring holds; the shard gave up turns that it was too late for. */
  readonly why: 'disk' | 'engine';
};

/** An entry of the timeline, in order. */
export type TimelineEntry =
  | { readonly kind: 'note'; readonly at: FrameAt; readonly note: TimelineNote }
  | { readonly kind: 'pause'; readonly at: FrameAt; readonly mode: 'silent' | 'skipping' }
  /** `skipped`: frames of the room that are not in the recording. */
  | { readonly kind: 'resume'; readonly at: FrameAt; readonly skipped: number }
  /** What the wall clock showed, every few seconds. */
  | { readonly kind: 'clock'; readonly at: FrameAt; readonly wallMs: number };

/** The clock of a recording: which turn its first frame was, as all shards count, and what of the room it left out. */
export type RecordingClock = { readonly firstTurn: number; readonly timeline: readonly TimelineEntry[] };

/** Turn of the room that a frame is of. */
export function turnOfFrame({ firstTurn, timeline }: RecordingClock, frame: FrameAt): number {
  const skipped = timeline.reduce(
    (sum, entry) => (entry.kind === 'resume' && entry.at <= frame ? sum + entry.skipped : sum),
    0,
  );
  return (firstTurn + frame + skipped) >>> 0;
}

/** Frame in which a turn of the room is; of one that was left out, that which comes after it. */
export function frameOfTurn({ firstTurn, timeline }: RecordingClock, turn: number): FrameAt {
  // Turns are counted in 32 bits.
  let frame = (turn - firstTurn) | 0;
  for (const entry of timeline) {
    if (entry.kind !== 'resume' || entry.skipped === 0) continue;
    if (frame <= entry.at) break;
    frame = Math.max(entry.at, frame - entry.skipped);
  }
  return Math.max(0, frame);
}
