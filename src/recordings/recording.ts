/**
 * What a recording is at one moment (CONTRACT §4, §7.5, §8.7). Readonly all the way down; only what `life.ts` decides
 * makes the next one.
 */
import type { AccountSid, CallSid, ConferenceSid, EpochMs, RecordingSid } from '../base/brands.js';
import type { RecordingCallback, RecordingTrack, RecordingTrim } from '../conference/state.js';

/** Who asked for it: `<Conference record>`, `<Dial record>`, or RecordingService and the REST call like it. */
export type RecordingSource = 'conference' | 'dial-verb' | 'outbound-api' | 'start-conference-recording';

/** What becomes of the time of a pause: it stays, as silence, or is cut out. */
export type PauseBehavior = 'silence' | 'skip';

/** What it is of. */
export type RecordingSubject =
  | { readonly kind: 'conference' }
  | { readonly kind: 'call'; readonly callSid: CallSid; readonly track: RecordingTrack };

export const recordingFormats = ['wav', 'mp3', 'flac', 'opus'] as const;
/** By the extension of its file; `opus` is Ogg with Opus in it. */
export type RecordingFormat = (typeof recordingFormats)[number];

/** What is drawn of a recording: its peaks as numbers, and as a picture. */
export const recordingDrawings = ['peaks', 'picture'] as const;
export type RecordingDrawing = (typeof recordingDrawings)[number];

/** What is made of its sound alone, at once or when somebody first asks for it. */
export type SoundPart = RecordingFormat | RecordingDrawing;

/** What happened while it was recorded, as JSON and as a label file of Audacity. */
export const timelineParts = ['timeline', 'labels'] as const;
export type TimelinePart = (typeof timelineParts)[number];

/** What one participant said, from 1 on: WAV. */
export type TrackPart = `track-${number}`;
export const trackPart = (number: number): TrackPart => `track-${number}`;

/** What may be fetched of a recording that is completed. */
export type RecordingPart = SoundPart | TimelinePart | TrackPart;

export const isSoundPart = (part: RecordingPart): part is SoundPart =>
  [...recordingFormats, ...recordingDrawings].some((each) => each === part);

export const isTrackPart = (part: RecordingPart): part is TrackPart => part.startsWith('track-');

/** The number of a track; null for what is none. */
export const trackNumberOf = (part: RecordingPart): number | null =>
  isTrackPart(part) ? Number(part.slice('track-'.length)) : null;

/** One file of a recording that is completed. */
export type RecordingFile = {
  readonly part: RecordingPart;
  readonly bytes: number;
  /** Of all its bytes, 64 hexadecimal digits in lower case. */
  readonly sha256: string;
};

/** What a recording that is completed holds. */
export type RecordingMedia = {
  readonly rateHz: number;
  /** Samples of each channel after trimming: its length to the frame. */
  readonly samples: number;
  /** Samples cut at the start by trimming. */
  readonly trimmedStartSamples: number;
  /** Samples of silence that stand for audio that could not be written in time. */
  readonly gapSamples: number;
  /** The first is WAV: what is fetched when no extension is named. */
  readonly files: readonly RecordingFile[];
  /** Whose voice each track is, in the order of their numbers, which count from 1. Left out: there are none. */
  readonly tracks?: readonly RecordedTrack[];
};

/** What one participant gave the room, as long as the recording to the sample, and silent where it was not in. */
export type RecordedTrack = {
  readonly number: number;
  readonly callSid: CallSid;
  readonly label: string | null;
};

/** 16101 too short, 16102 silent (CONTRACT §4.2). */
export type AbsentCode = 16_101 | 16_102;

/** What broke. 16099: inside Parley. */
export const recordingFailedCode = 16_099;

export type RecordingLife =
  | { readonly status: 'in-progress' }
  | { readonly status: 'paused'; readonly behavior: PauseBehavior }
  /** No more is taken; the last of it is still on its way to the disk. */
  | { readonly status: 'stopped'; readonly endedAtMs: EpochMs }
  /** All of it is on the disk and its files are being made. */
  | { readonly status: 'processing'; readonly endedAtMs: EpochMs }
  | { readonly status: 'completed'; readonly endedAtMs: EpochMs; readonly media: RecordingMedia }
  | { readonly status: 'absent'; readonly endedAtMs: EpochMs; readonly errorCode: AbsentCode }
  | { readonly status: 'failed'; readonly endedAtMs: EpochMs; readonly errorCode: number; readonly why: string };

export type RecordingStatus = RecordingLife['status'];

export type Recording = {
  readonly sid: RecordingSid;
  readonly accountSid: AccountSid;
  readonly conferenceSid: ConferenceSid;
  readonly subject: RecordingSubject;
  readonly source: RecordingSource;
  /** 2 where what the party says and what it hears are kept apart. */
  readonly channels: 1 | 2;
  readonly trim: RecordingTrim;
  /** Beside the mix a file of each participant, and a timeline; of a conference alone. Left out: no. */
  readonly hasTracks?: true;
  /** Null: nobody is told. */
  readonly callback: RecordingCallback | null;
  /** When it was asked for, and its first frame taken. */
  readonly createdAtMs: EpochMs;
  readonly updatedAtMs: EpochMs;
  readonly life: RecordingLife;
  /**
   * What `eventCallbackUrl` is told once every recording of the conference is over (CONTRACT §3.4). Left out: nothing
   * waits for that.
   */
  readonly endNotice?: { readonly url: string; readonly parameters: readonly (readonly [string, string])[] };
};

/** Takes audio, or would if it were not paused. */
export const isRunning = ({ life }: Recording): boolean => life.status === 'in-progress' || life.status === 'paused';

/** Nothing of it will ever change again. */
export const isFinal = ({ life }: Recording): boolean =>
  life.status === 'completed' || life.status === 'absent' || life.status === 'failed';

export const callSidOfRecording = ({ subject }: Recording): CallSid | null =>
  subject.kind === 'call' ? subject.callSid : null;

/** Seconds of its files, rounded down; null until known. */
export const durationSecondsOf = ({ life }: Recording): number | null =>
  life.status === 'completed' ? Math.floor(life.media.samples / life.media.rateHz) : null;
