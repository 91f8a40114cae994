/**
 * What a piece of work leaves in the part of V8's heap that is collected by marking all of it, which takes the cores
 * from everything else for a tenth of a second: what outlives two collections of the young, and hidden classes, which
 * are made there.
 */
import { getHeapSpaceStatistics } from 'node:v8';

const rounds = 8;
const timesOfRound = 2000;

const usedBytes = (): number =>
  getHeapSpaceStatistics().reduce(
    (bytes, { space_name: name, space_used_size: used }) => bytes + (/^(old|map)_space$/.test(name) ? used : 0),
    0,
  );

/** Bytes for each time, of the round that left least: others have what the test itself does. */
export async function oldBytesOf(work: (time: number) => unknown): Promise<number> {
  let time = 0;
  const round = async (): Promise<number> => {
    let [grown, before] = [0, usedBytes()];
    for (const end = time + timesOfRound; time < end; time += 1) {
      await work(time);
      const after = usedBytes();
      // What a collection takes away is not taken off.
      grown += Math.max(0, after - before);
      before = after;
    }
    return grown / timesOfRound;
  };
  let least = Number.POSITIVE_INFINITY;
  // The first is for the compiler.
  for (let index = 0; index <= rounds; index += 1) {
    const bytes = await round();
    if (index > 0) least = Math.min(least, bytes);
  }
  return least;
}
