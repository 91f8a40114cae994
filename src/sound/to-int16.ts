/** Beyond full scale samples are cut off, as a file that is too loud is anywhere. */
export function toInt16(samples: Float32Array): Int16Array {
  const audio = new Int16Array(samples.length);
  for (let index = 0; index < audio.length; index++) {
    audio[index] = Math.max(-32_768, Math.min(32_767, Math.round((samples[index] ?? 0) * 32_768)));
  }
  return audio;
}
