/**
 * The default hold music, composed for Parley: twelve bars of slow broken chords in D over a soft pad, in a small room.
 * Everything lies where a telephone carries it, 220 to 3400 Hz, and what rings on at the end rings on at the beginning,
 * so that it goes round without a seam. The same samples on every machine.
 */

import { soundRateHz } from './resampler.js';
import { Reverb } from './reverb.js';

const beatSeconds = 0.8;
const beatsOfBar = 4;

/** A bar each: four notes to be broken, from below; MIDI numbers, 69 is 440 Hz. */
const chords: readonly (readonly [number, number, number, number])[] = [
  [62, 69, 73, 78],
  [59, 66, 69, 74],
  [59, 67, 71, 78],
  [61, 64, 69, 76],
  [61, 66, 69, 73],
  [59, 66, 71, 74],
  [59, 64, 67, 74],
  [57, 64, 67, 74],
  [59, 62, 67, 74],
  [57, 62, 66, 74],
  [59, 64, 71, 78],
  [57, 64, 69, 73],
];
/** Which of the four sounds at each half beat, and how loud it is struck. */
const figure: readonly (readonly [note: number, strength: number])[] = [
  [0, 1],
  [1, 0.6],
  [2, 0.7],
  [3, 0.85],
  [2, 0.6],
  [1, 0.55],
  [3, 0.65],
  [2, 0.5],
];

type Voice = {
  /** Of each harmonic. */
  readonly partials: readonly number[];
  readonly attackSeconds: number;
  /** Until it has fallen to 1/e; the nth harmonic falls n times as fast. */
  readonly decaySeconds: number;
  readonly heldSeconds: number;
  readonly releaseSeconds: number;
};

/** Struck, and dying away. */
const bell: Voice = {
  partials: [1, 0.32, 0.1, 0.05],
  attackSeconds: 0.012,
  decaySeconds: 0.9,
  heldSeconds: 2.4,
  releaseSeconds: 0.3,
};
/** Swelling and fading under the bar. */
const pad: Voice = {
  partials: [1, 0.2, 0.06],
  attackSeconds: 1.2,
  decaySeconds: 20,
  heldSeconds: 3.2,
  releaseSeconds: 1.6,
};
const padStrength = 0.16;
/** Two strings of a tone, this far apart, beat slowly. */
const detune = 1.0012;

const roomShare = 0.22;

/** Brings it to -23 LUFS, as the test measures. */
const gain = 0.148;

export const holdMusicSamples = Math.round(chords.length * beatsOfBar * beatSeconds * soundRateHz);

/** A second of work. */
export function renderHoldMusic(): Float32Array {
  const music = new Float32Array(holdMusicSamples);
  const [struck, swelling] = [new Instrument(bell), new Instrument(pad)];
  for (const [bar, chord] of chords.entries()) {
    const barSeconds = bar * beatsOfBar * beatSeconds;
    for (const [step, [note, strength]] of figure.entries()) {
      struck.play(music, chord[note] ?? 0, barSeconds + (step * beatSeconds) / 2, strength);
    }
    for (const note of chord.slice(0, 3)) swelling.play(music, note, barSeconds, padStrength);
  }
  const room = new Reverb();
  // Once round to fill the room with the end, once to be heard.
  for (const sample of music) room.next(sample);
  for (const [at, sample] of music.entries()) music[at] = gain * (sample + roomShare * room.next(sample));
  return music;
}

class Instrument {
  readonly #voice: Voice;
  /** How a note rises and falls beside its decay. */
  readonly #envelope: Float32Array;

  constructor(voice: Voice) {
    const { attackSeconds, heldSeconds, releaseSeconds } = voice;
    const endSeconds = heldSeconds + releaseSeconds;
    this.#voice = voice;
    this.#envelope = Float32Array.from({ length: Math.round(endSeconds * soundRateHz) }, (_, index) => {
      const seconds = index / soundRateHz;
      return (
        smooth(Math.min(1, seconds / attackSeconds)) * smooth(Math.min(1, (endSeconds - seconds) / releaseSeconds))
      );
    });
  }

  play(music: Float32Array, note: number, atSeconds: number, strength: number): void {
    const hz = 440 * 2 ** ((note - 69) / 12);
    const begin = Math.round(atSeconds * soundRateHz);
    for (const [index, amplitude] of this.#voice.partials.entries()) {
      const harmonic = index + 1;
      const strings = harmonic === 1 ? [hz, hz * detune] : [hz * harmonic];
      for (const string of strings) {
        this.#ring(music, begin, string, harmonic, (amplitude * strength) / strings.length);
      }
    }
  }

  /** Adds one sine, turned on sample by sample; beyond the end it goes on at the beginning. */
  #ring(music: Float32Array, begin: number, hz: number, harmonic: number, amplitude: number): void {
    const step = (2 * Math.PI * hz) / soundRateHz;
    const fall = Math.exp(-harmonic / (this.#voice.decaySeconds * soundRateHz));
    // The turn and the fall are one multiplication of complex numbers.
    const [turnReal, turnImaginary] = [fall * Math.cos(step), fall * Math.sin(step)];
    const envelope = this.#envelope;
    let [real, imaginary, at] = [amplitude, 0, begin];
    for (let index = 0; index < envelope.length; index++) {
      if (at >= music.length) at -= music.length;
      music[at] = (music[at] ?? 0) + imaginary * (envelope[index] ?? 0);
      const turned = real * turnReal - imaginary * turnImaginary;
      imaginary = real * turnImaginary + imaginary * turnReal;
      real = turned;
      at += 1;
    }
  }
}

/** Without a corner from 0 to 1. */
const smooth = (x: number): number => x * x * (3 - 2 * x);
