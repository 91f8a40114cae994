/**
 * The rate a room is mixed at (ENGINE-STUDY §5.6): wideband as soon as two legs can use it, else narrowband. A single
 * wideband leg would hear nobody better for it, and narrowband is a quarter of the work.
 */

export type RoomRateHz = 8000 | 16_000;

const widebandHz = 16_000;

/** `legRatesHz` are the codec rates of all who are in, waiting, muted and held ones included: they may yet speak. */
export function roomRate(legRatesHz: Iterable<number>): RoomRateHz {
  let wideband = 0;
  for (const rateHz of legRatesHz) if (rateHz >= widebandHz) wideband += 1;
  return wideband >= 2 ? widebandHz : 8000;
}
