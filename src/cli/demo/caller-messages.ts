/** What the director and a caller's process say to each other. Instants are of the machine's monotonic clock. */
import type { Rate } from '../../client/coding.js';
import type { G711Law } from '../../client/g711.js';
import type { Arrivals } from '../caller/recording.js';

export type CallerSetup = {
  readonly media:
    | { readonly kind: 'rtp'; readonly law: G711Law }
    | { readonly kind: 'grpc'; readonly rateHz: Rate; readonly address: string };
};

export type ToCaller =
  /** The call was dialled; `sdpAnswer` is null for a gRPC leg. */
  | { readonly kind: 'connect'; readonly callSid: string; readonly sdpAnswer: string | null }
  /** `file` is a WAV at the caller's rate. */
  | { readonly kind: 'say'; readonly file: string }
  /** Hang up, and leave what was heard in `file`. */
  | { readonly kind: 'finish'; readonly file: string };

export type FromCaller =
  | { readonly kind: 'ready'; readonly sdpOffer: string | null }
  | { readonly kind: 'connected' }
  | { readonly kind: 'saying'; readonly atMs: number }
  | { readonly kind: 'said' }
  | {
      readonly kind: 'finished';
      /** When the first sample of the file was heard; null when nothing ever was. */
      readonly startedAtMs: number | null;
      readonly arrivals: Arrivals;
    };
