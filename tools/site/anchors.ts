/** Anchors of headings, as code hosts make them: a link to one leads to the same place there and on the site. */

/** Of one heading; the same text a second time is another matter, see `anchorsOf`. */
export const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/<[^>]*>/g, '')
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number}\s_-]/gu, '')
    .trim()
    .replaceAll(/\s/g, '-');

/** What a heading reads as: without the marks of code, emphasis and links. */
const read = (heading: string): string => heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll(/[`*]/g, '');

/** Every anchor of a page; `prose` is its text without fenced code. */
export function anchorsOf(prose: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} +(.+?) *#* *$/gm)) {
    const anchor = anchorOf(read(heading));
    let free = anchor;
    for (let copy = 1; anchors.has(free); copy++) free = `${anchor}-${copy}`;
    anchors.add(free);
  }
  return anchors;
}
