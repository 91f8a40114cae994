/** Letters of 5 by 7 dots, capitals only, for pictures without a font: one base-32 digit for each row, top first. */

export const glyphColumns = 5;
export const glyphRows = 7;

const glyphs: Readonly<Record<string, string>> = {
  A: 'ehhvhhh',
  B: 'uhhuhhu',
  C: 'ehggghe',
  D: 'uhhhhhu',
  E: 'vgguggv',
  F: 'vgguggg',
  G: 'ehgnhhf',
  H: 'hhhvhhh',
  I: 'e44444e',
  J: '72222ic',
  K: 'hikokih',
  L: 'ggggggv',
  M: 'hrllhhh',
  N: 'hhpljhh',
  O: 'ehhhhhe',
  P: 'uhhuggg',
  Q: 'ehhhlid',
  R: 'uhhukih',
  S: 'fgge11u',
  T: 'v444444',
  U: 'hhhhhhe',
  V: 'hhhhha4',
  W: 'hhhllla',
  X: 'hha4ahh',
  Y: 'hhha444',
  Z: 'v1248gv',
  0: 'ehjlphe',
  1: '4c4444e',
  2: 'eh1248v',
  3: 'v2421he',
  4: '26aiv22',
  5: 'vgu11he',
  6: '68guhhe',
  7: 'v124888',
  8: 'ehhehhe',
  9: 'ehhf12c',
  ' ': '0000000',
  '.': '00000cc',
  ',': '0000c48',
  ':': '0cc0cc0',
  "'": '4480000',
  '"': 'aa00000',
  '!': '4444404',
  '?': 'eh12404',
  '-': '000v000',
  '+': '044v440',
  '=': '00v0v00',
  '(': '2488842',
  ')': '8422248',
  '/': '01248g0',
  '%': 'op248j3',
  '→': '042v240',
  '·': '0004000',
};

/** Is the dot set? A character that has no glyph shows as a box. */
export function glyphDot(character: string, row: number, column: number): boolean {
  const rows = glyphs[character.toUpperCase()] ?? 'vhhhhhv';
  const bits = Number.parseInt(rows[row] ?? '0', 32);
  return ((bits >> (glyphColumns - 1 - column)) & 1) === 1;
}
