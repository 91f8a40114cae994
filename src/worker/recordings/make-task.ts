/** What is said between the job that makes the files of a recording and who wants them. */
import type { RecordingTrim } from '../../conference/state.js';
import type { RecordingFile, RecordingPart, SoundPart } from '../../recordings/recording.js';
import type { TimelineInput, TrackCourse } from '../../recordings/timeline.js';
import type { TimelineHead } from '../../recordings/timeline-files.js';
import type { TrackPiece } from './track-reader.js';

/** One participant: what it gave the room, and where something of that is missing. */
export type TrackTask = Omit<TrackCourse, 'spurts'> & { readonly pieces: readonly TrackPiece[] };

/** What is made beside the mix. `startedAtMs`: of the first frame, before trimming. */
export type BesideTask = {
  readonly head: Omit<TimelineHead, 'rateHz' | 'samples'>;
  readonly course: Pick<TimelineInput, 'timeline' | 'gaps' | 'notesLost'>;
  /** In the order of their numbers, which count from 1. */
  readonly tracks: readonly TrackTask[];
};

export type MakeFilesTask = {
  /** WAVE or RF64 of 16 bits; only read. */
  readonly audioPath: string;
  /** 8000, 16000 or 48000. */
  readonly rateHz: number;
  readonly channels: 1 | 2;
  /** Of each channel; what the file has less is silence. */
  readonly samples: number;
  readonly trim: RecordingTrim;
  /** Made in this order. */
  readonly parts: readonly SoundPart[];
  /** Null: no tracks and no timeline. */
  readonly beside: BesideTask | null;
  /** Existing; each file is `name` and the part behind a dot. */
  readonly folder: string;
  readonly name: string;
  /** Share that is done, of one Float64; written as it goes on. */
  readonly progress: SharedArrayBuffer;
};

export type MakeFilesOutcome =
  | {
      readonly kind: 'made';
      /** As in the folder, on the disk. */
      readonly files: readonly RecordingFile[];
      /** Of each channel, after trimming, and cut at the start. */
      readonly samples: number;
      readonly trimmedStartSamples: number;
    }
  | { readonly kind: 'absent'; readonly errorCode: 16_101 | 16_102 }
  /** The audio is none: trying again is of no use. */
  | { readonly kind: 'bad'; readonly why: string };

/** By its part. */
export const fileNameOf = (name: string, part: RecordingPart): string => `${name}.${part}`;
