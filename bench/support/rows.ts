/** Figures as the benches print them, a line each, and as people read them. */

/** One figure: what it is of, how much, and what it is beside. */
export type Row = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** For example `1.520 of echo`; several are parted by commas. */
  readonly ratios: string;
  /** Of what was computed or heard. */
  readonly checksum: string;
};

/** Null for a line that is no row (native/testing/bench_row.h). */
export function parseRow(line: string): Row | null {
  const [kind, name, value, unit, ratios, checksum] = line.split('\t');
  if (kind !== 'row' || checksum === undefined) return null;
  return { name: name ?? '', value: Number(value), unit: unit ?? '', ratios: ratios ?? '', checksum };
}

export const rowText = ({ name, value, unit, ratios, checksum }: Row): string =>
  `  ${name.padEnd(44)} ${value.toFixed(2).padStart(11)} ${unit.padEnd(12)} ${ratios.padEnd(34)} ${checksum}`;
