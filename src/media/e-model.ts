/**
 * How good a call sounds, on the scale of listeners: the E-model of ITU-T G.107 (2015) with its default values for all
 * that Parley cannot know (rooms, handsets, echo), so that only delay, codec and loss lower it. Narrow-band scale: a
 * faultless call has R 93.2 and MOS 4.41, whatever its bandwidth.
 */

/** What a codec does to speech: G.113 appendix I. */
export type Equipment = {
  /** Impairment without loss, 0 or more. */
  readonly ie: number;
  /** Robustness against loss, above 0: the larger the better. */
  readonly bpl: number;
};

/**
 * G.711 with concealment. G.722, Opus and L16 lose nothing on this scale either; for their robustness G.113 has no
 * value, and this one is taken.
 */
export const concealed: Equipment = { ie: 0, bpl: 25.1 };

export type Impairments = {
  readonly equipment: Equipment;
  /** Mouth to ear, one way, 0 or more. */
  readonly delayMs: number;
  /** Share of speech that was lost and had to be made up, 0 to 1. */
  readonly lossRatio: number;
  /** Mean length of bursts of loss against that of random loss, 1 or more (G.107 §3.5). */
  readonly burstRatio: number;
};

export type Rating = {
  /** 0 to 93.2. */
  readonly r: number;
  /** Mean opinion score, 1 (bad) to 4.41. */
  readonly mos: number;
};

/** R of the default values, which no delay and no loss lower (G.107 table 3). */
const unimpaired = 93.2;

export function rate(impairments: Impairments): Rating {
  const { equipment, delayMs, lossRatio, burstRatio } = impairments;
  const lost = unimpaired - delayImpairment(delayMs) - equipmentImpairment(equipment, lossRatio, burstRatio);
  const r = Math.min(unimpaired, Math.max(0, lost));
  return { r, mos: mosOf(r) };
}

/** Idd of G.107 (3-27, 3-28): nothing up to 100 ms. Echo is taken to be cancelled at both ends. */
export function delayImpairment(delayMs: number): number {
  if (delayMs <= 100) return 0;
  const x = Math.log2(delayMs / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

/** Ie,eff of G.107 (3-29). */
export function equipmentImpairment({ ie, bpl }: Equipment, lossRatio: number, burstRatio: number): number {
  const lossPercent = lossRatio * 100;
  return ie + ((95 - ie) * lossPercent) / (lossPercent / burstRatio + bpl);
}

/** G.107 annex B; below R 6.5 the formula turns up again, and 1 is the end of the scale. */
export function mosOf(r: number): number {
  if (r <= 6.5) return 1;
  if (r >= 100) return 4.5;
  return 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6;
}
