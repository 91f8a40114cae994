/** How voices are judged, shaped and ranked, as records of the engine have it. */
import type { LegMedia } from '../../media/engine-port.js';

/** Voice this long within half as much again begins speech, 20 to 840 ms; none for that long ends it, 20 to 10000. */
export type SpeechTimes = { readonly startMs: number; readonly stopMs: number };

/** In rooms of more than `above` legs only `talkersMax`, 1 to 64, are mixed: those who talk most. 0: in no room. */
export type Ranking = { readonly above: number; readonly talkersMax: number };

/** The same for every leg and room. */
export type VoiceSettings = { readonly speech: SpeechTimes; readonly ranking: Ranking };

/** Part of an open_room record. */
export const rankingFields = ({ above, talkersMax }: Ranking) => ({ ranked_above: above, talkers_max: talkersMax });

/** A set_voice record. */
export const voiceFields = ({ startMs, stopMs }: SpeechTimes, { shaping }: LegMedia) => ({
  speech_start_ms: startMs,
  speech_stop_ms: stopMs,
  noise_gate: Number(shaping?.noiseGate === true),
  automatic_gain: Number(shaping?.automaticGain === true),
});
