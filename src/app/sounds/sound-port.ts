/** Where what parties hear comes from: hold music, beeps, speech, and what the web application has. */
import type { AccountSid } from '../../base/brands.js';
import type { Result } from '../../base/result.js';
import type { Trace } from '../../base/trace.js';
import type { Parameters } from '../../callbacks/webhook.js';
import type { WebTarget } from '../../conference/state.js';
import type { ClipId } from '../../media/engine-port.js';

/** By the error dictionary (CONTRACT §11): 11200 and its like, 12300, 13420 for what is no audio. */
export type SoundFailure = { readonly code: number; readonly rule: string };

/**
 * A clip that may be played from now on, though it may still be decoded. Whoever was given a sound owes it one
 * `release`; the same clip may stand behind several sounds.
 */
export type Sound = {
  readonly clip: ClipId;
  /** Whole: any number of players may play it, any number of times. Stream: one player, once. */
  readonly kind: 'whole' | 'stream';
  /** Milliseconds; null while nobody knows, and for every stream. */
  readonly durationMs: number | null;
  /**
   * Resolves once all of it is decoded, with its length in milliseconds; or once decoding broke off, with why: what was
   * decoded until then is played, and is all there is. A stream that is released before resolves with the failure
   * `released`. Never rejects.
   */
  readonly decoded: Promise<Result<number, SoundFailure>>;
  /** Nobody plays it any more, and nobody will. Calling it twice does nothing. */
  release(): void;
};

/** Beyond `bounds` of the adapter these are cut, not refused. */
export type Words = {
  readonly text: string;
  /** `man`, `woman`, `alice`, or a name as the vendors have them; null: any. */
  readonly voice: string | null;
  /** BCP 47, as in `en-US`; null: English. */
  readonly language: string | null;
};

/** As a request for a document is made: signed, once, by the policy that says where Parley goes (CONTRACT §5, §6). */
export type SoundRequest = {
  readonly accountSid: AccountSid;
  readonly target: WebTarget;
  readonly parameters: Parameters;
  /** What it is asked for; left out: no header says so. */
  readonly trace?: Trace;
};

export type DocumentOrSound =
  /** `url`: where it came from in the end, without what is not sent. */
  | { readonly kind: 'document'; readonly url: string; readonly body: Uint8Array }
  | { readonly kind: 'sound'; readonly sound: Sound };

/** Nothing here rejects; what the world does wrong is a failure. */
export interface SoundPort {
  /** The default hold music: whole, and made to be played round and round. */
  music(): Sound;
  /** Whole, and short. */
  beep(which: 'enter' | 'exit'): Sound;
  /** Whole. A failure says that no voice is installed, or that it has too much to say already. */
  say(words: Words): Promise<Result<Sound, SoundFailure>>;
  /** What a wait, hold or announcement URL has: a document, or audio by its content type. */
  fetch(request: SoundRequest): Promise<Result<DocumentOrSound, SoundFailure>>;
  /** What `<Play>` names: audio, or a failure. */
  audio(request: SoundRequest): Promise<Result<Sound, SoundFailure>>;
}

/** No entry of the dictionary is about speech; its warnings carry that of `<Play>`, which is the nearest. */
export const noVoiceCode = 13_420;

/** Why a stream says it is not decoded to its end, when it was released before. */
export const releasedFailure: SoundFailure = { code: 13_420, rule: 'released' };
