/** Something for programs to say that were not written here. */

/** Noise in syllables: like nothing but itself at any other moment. */
export function speechLike(rateHz: number, seconds: number): Int16Array {
  let state = 4711;
  let smooth = 0;
  return Int16Array.from({ length: seconds * rateHz }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    smooth += 0.4 * (state / 2 ** 31 - 1 - smooth);
    return 14_000 * smooth * Math.abs(Math.sin((2 * Math.PI * 1.7 * index) / rateHz));
  });
}

/** A voice that glides without repeating itself: what speech codecs keep the shape of, as they do not that of noise. */
export function voiceLike(rateHz: number, seconds: number, pitchHz = 150): Int16Array {
  let turns = 0;
  return Int16Array.from({ length: seconds * rateHz }, (_, index) => {
    const at = index / rateHz;
    turns += (pitchHz + 12 * at + 45 * Math.sin(2 * Math.PI * 0.37 * at)) / rateHz;
    let sum = 0;
    for (let harmonic = 1; harmonic <= 8; harmonic += 1) sum += Math.sin(2 * Math.PI * harmonic * turns) / harmonic;
    return 7000 * sum * Math.abs(Math.sin(2 * Math.PI * 1.7 * at));
  });
}
