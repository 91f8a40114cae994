/** One track of a recording: what was taken down of a participant, each time it was in, on the clock of the mix. */
import { CaptureReader } from './capture-reader.js';

/** Part of a capture: mono, at the rate of the mix. */
export type TrackPiece = {
  readonly audioPath: string;
  /** Its first sample in the capture, and on the clock of the mix; pieces are in the order of that. */
  readonly from: number;
  readonly first: number;
  readonly samples: number;
};

const silenceSamples = 16_384;

/**
 * From `first` to before `end`: the pieces where they are, silence elsewhere. A piece begins no earlier than the one
 * before it ends. The array is used again.
 */
export async function* trackSamples(
  pieces: readonly TrackPiece[],
  { first, end }: { readonly first: number; readonly end: number },
): AsyncGenerator<Int16Array> {
  let at = first;
  for (const piece of pieces) {
    const begin = Math.max(at, piece.first);
    const until = Math.min(end, piece.first + piece.samples);
    if (until <= begin) continue;
    yield* silence(begin - at);
    yield* samplesOf(piece, begin - piece.first, until - piece.first);
    at = until;
  }
  yield* silence(end - at);
}

async function* samplesOf(
  { audioPath, from, samples }: TrackPiece,
  first: number,
  end: number,
): AsyncGenerator<Int16Array> {
  const reader = await CaptureReader.open(audioPath, { channels: 1, samples: from + samples });
  if (reader === null) {
    yield* silence(end - first);
    return;
  }
  try {
    yield* reader.samples(from + first, from + end);
  } finally {
    await reader.close();
  }
}

function* silence(samples: number): Generator<Int16Array> {
  const piece = new Int16Array(Math.max(0, Math.min(silenceSamples, samples)));
  for (let left = samples; left > 0; left -= piece.length) yield piece.subarray(0, Math.min(piece.length, left));
}
