/** What somebody may have meant who wrote a name that is none. */

/** More mistakes than this, and it was another word. */
const mistakesMax = 3;

/** The nearest of `known` by letters left out, put in, changed or swapped; null when none is near. */
export function nearMiss(name: string, known: readonly string[]): string | null {
  const written = name.toLowerCase();
  let best: { readonly name: string; readonly mistakes: number } | null = null;
  for (const candidate of known) {
    const mistakes = mistakesBetween(written, candidate.toLowerCase());
    const allowed = Math.min(mistakesMax, Math.floor(candidate.length / 3));
    if (mistakes <= allowed && (best === null || mistakes < best.mistakes)) best = { name: candidate, mistakes };
  }
  return best?.name ?? null;
}

/** `; is jitterMs meant?`, or nothing. */
export function meant(name: string, known: readonly string[]): string {
  const near = nearMiss(name, known);
  return near === null ? '' : `; is ${near} meant?`;
}

/** The distance of Damerau and Levenshtein, each place changed once at most. */
function mistakesBetween(one: string, other: string): number {
  let [beforeLast, last]: [readonly number[], readonly number[]] = [[], [...other, ''].map((_, index) => index)];
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const isSame = one[row - 1] === other[column - 1];
      const isSwapped =
        row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [beforeLast, last] = [last, current];
  }
  return at(last, other.length);
}

const at = (row: readonly number[], column: number): number => row[column] ?? Number.POSITIVE_INFINITY;
