/** What becomes of a capture that is over, as the use cases see it: files, made and kept by somebody else. */
import type { AccountSid, CallSid, RecordingSid } from '../../base/brands.js';
import type { RecordingOutcome } from '../../recordings/life.js';
import type {
  Recording,
  RecordingFile,
  RecordingFormat,
  RecordingPart,
  SoundPart,
} from '../../recordings/recording.js';
import type { Capture } from './recorder-port.js';
import type { OpenMedia } from './recording-views.js';

/** `unavailable`: where files are kept or made cannot be reached now; to be tried again. */
export type FinishOutcome = RecordingOutcome | { readonly kind: 'unavailable'; readonly why: string };

/** What was taken down of one who was in, from when it came to when it left. One who came back has several. */
export type TakenTrack = {
  readonly capture: Capture;
  /** How many of the recording were begun before. */
  readonly order: number;
  readonly callSid: CallSid;
  readonly label: string | null;
};

/** All that there is of a recording: itself, and beside it its tracks. */
export type TakenDown = { readonly mix: Capture; readonly tracks: readonly TakenTrack[] };

/** `away`: where files are kept cannot be reached now. */
export interface RecordingFiles {
  /**
   * Makes the files of a recording, WAV first, and keeps them; once this resolves they can be opened. What was taken
   * down is only read. Doing it again does it anew. `onProgress`: 0 to 1.
   */
  finish(
    recording: Recording,
    taken: TakenDown,
    formats: readonly RecordingFormat[],
    onProgress: (share: number) => void,
  ): Promise<FinishOutcome>;
  /** Makes one more file of a completed recording, and keeps it. Null: it cannot be made. */
  convert(recording: Recording, part: SoundPart): Promise<RecordingFile | null | 'away'>;
  /** Null: it is not there. */
  open(recording: Recording, file: RecordingFile): Promise<OpenMedia | null | 'away'>;
  /** All files of it; those that are not there are no failure. Rejects when some could not be deleted. */
  delete(recording: Recording): Promise<void>;
}

/** The signature of a link that opens a file until then, hexadecimal; null: the account has no key to sign with. */
export type SignLink = (
  accountSid: AccountSid,
  sid: RecordingSid,
  part: RecordingPart,
  expiresAtSeconds: number,
) => string | null;

/** What an account says of its recordings. */
export type RecordingPolicy = {
  /** Nothing of it is recorded. */
  readonly isForbidden: boolean;
  /** Of it that may run at once. Null, or left out: as many as there are recorders. */
  readonly runningMax?: number | null;
  /** Made of each recording at once, beside WAV; others when they are first asked for. */
  readonly formats: readonly RecordingFormat[];
  /**
   * How those in a conference are told that it is recorded from now on: by a beep, by a sound or document of the web.
   */
  readonly beep: boolean;
  readonly announceUrl: string | null;
  /** Recordings of its conferences have tracks and a timeline, unless it is said of one that it has none. */
  readonly hasTracks: boolean;
};

export type RecordingPolicyOf = (accountSid: AccountSid) => RecordingPolicy;
