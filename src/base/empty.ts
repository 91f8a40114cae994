/** Empties a Set or a Map. One that is empty is left alone: `clear` gives each a new table, which the old one keeps. */
export function empty(kept: { readonly size: number; clear(): void }): void {
  if (kept.size > 0) kept.clear();
}
