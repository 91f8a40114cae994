/** How the frames of a call are coded between this client and the daemon. */
import { MediaEncoding } from '../gen/parley/v1/call_pb.js';
import { decodeG711, encodeG711 } from './g711.js';
import { pcmBytes, pcmSamples } from './wav.js';

export const frameMs = 20;

/** Rates in which the daemon takes and gives L16; it resamples between them and the room. */
export const rates = [8000, 16_000, 24_000, 48_000] as const;
export type Rate = (typeof rates)[number];

export const isRate = (rateHz: number): rateHz is Rate => rates.some((rate) => rate === rateHz);

/** The lowest rate that keeps all of a sound of `rateHz`; the highest there is for one beyond. */
export const rateFor = (rateHz: number): Rate => rates.find((rate) => rate >= rateHz) ?? 48_000;

export const frameSamples = (rateHz: number): number => (rateHz * frameMs) / 1000;

export type Coding = {
  readonly encoding: MediaEncoding;
  readonly rateHz: Rate;
  /** REQUIRES: 20 ms of samples. */
  readonly encode: (samples: Int16Array) => Uint8Array;
  readonly decode: (payload: Uint8Array) => Int16Array;
};

export const linear16 = (rateHz: Rate): Coding => ({
  encoding: MediaEncoding.LINEAR16,
  rateHz,
  encode: pcmBytes,
  decode: pcmSamples,
});

/** A quarter of the bytes of L16 at 16 kHz, at the quality of a telephone. */
export const pcmu: Coding = {
  encoding: MediaEncoding.PCMU,
  rateHz: 8000,
  encode: (samples) => encodeG711('pcmu', samples),
  decode: (payload) => decodeG711('pcmu', payload),
};
