/** Numbers as people read them. */

/** Lowest level that a meter shows, dBov. */
export const quietDbov = 60;

const minuteMs = 60_000;

/** How long ago, or for how long. */
export function durationText(ms: number): string {
  const minutes = Math.floor(ms / minuteMs);
  if (minutes < 1) return `${Math.max(0, Math.floor(ms / 1000))} s`;
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

/** 0 to 1 of a meter; `level` is 0 (loudest) to 127. */
export const shareOfLevel = (level: number): number => Math.min(1, Math.max(0, 1 - level / quietDbov));

/** With a minus as wide as a digit. */
export const levelText = (level: number): string => (level >= quietDbov ? 'quiet' : `${signed(-level)} dB`);

const signed = (value: number): string => (value < 0 ? `\u2212${-value}` : String(value));

export const percentText = (share: number): string => {
  const percent = share * 100;
  return `${percent.toFixed(percent > 0 && percent < 10 ? 1 : 0)} %`;
};

export type Grade = 'good' | 'fair' | 'poor' | 'bad';

/** Of an opinion score: what users think of it, by ITU-T G.109. */
export function gradeOf(mos: number): Grade {
  if (mos >= 4.03) return 'good';
  if (mos >= 3.6) return 'fair';
  return mos >= 3.1 ? 'poor' : 'bad';
}

export const countText = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** Facts one after the other, none of them broken at the end of a line. What is empty is left out. */
export const listed = (facts: readonly string[]): string =>
  facts
    .filter((fact) => fact !== '')
    .map((fact) => fact.replaceAll(' ', '\u00a0'))
    .join(' \u00b7 ');
