/** What is said between the job that decodes a sound and who wants it. */
import type { MessagePort } from 'node:worker_threads';
import type { SoundEncoding } from './decoders.js';

export type DecodeTask = {
  /** Asks for a `BodyPiece` by `more`, one at a time; tells of the clip by `opened`. */
  readonly port: MessagePort;
  readonly encoding: SoundEncoding;
  /** Of all of it; null when nobody said. */
  readonly bodyBytes: number | null;
  /** What is not longer is kept whole; what says that it is not, and is, may be twice as long. */
  readonly wholeMsMax: number;
  /** Whole, whatever it says. */
  readonly mustBeWhole: boolean;
};

export type BodyPiece =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  /** No more comes, though more was to come; or nobody wants it any more. */
  | { readonly kind: 'broken' };

export type DecodeMessage =
  | { readonly kind: 'more' }
  /** It may be played. `copy`: of a stream, all of it, if it turns out to be short. */
  | {
      readonly kind: 'opened';
      readonly memory: SharedArrayBuffer;
      readonly sound: 'whole' | 'stream';
      readonly durationMs: number | null;
      readonly copy: SharedArrayBuffer | null;
    };

export type DecodeOutcome =
  /** `copied`: the copy is complete. */
  | { readonly kind: 'decoded'; readonly samples: number; readonly copied: boolean }
  | { readonly kind: 'broken' }
  | { readonly kind: 'bad'; readonly rule: string };
