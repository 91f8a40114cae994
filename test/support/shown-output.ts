/** Whether what was printed is of the shape that a page shows: its keys and lines, other sids, numbers and times. */

type Shape = unknown;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Words that mean something, as `CALL_STATUS_IN_PROGRESS`, are as shown; sids, addresses and sentences may differ. */
const isWord = (text: string): boolean => /^[A-Z][A-Z_]*$|^[a-z]+(?:-[a-z]+)*$/.test(text);

/** Where the printed value is of another shape; null where it is of that one. Keys that are not shown may be there. */
function jsonFault(shown: Shape, printed: Shape, at: string): string | null {
  if (Array.isArray(shown)) {
    if (!Array.isArray(printed)) return `${at} is no list`;
    if (printed.length < shown.length) return `${at} has ${printed.length} items, not ${shown.length}`;
    return shown.map((item, index) => jsonFault(item, printed[index], `${at}[${index}]`)).find(isFault) ?? null;
  }
  if (isRecord(shown)) {
    if (!isRecord(printed)) return `${at} is no object`;
    const faults = Object.entries(shown).map(([key, value]) =>
      key in printed ? jsonFault(value, printed[key], `${at}.${key}`) : `${at}.${key} is missing`,
    );
    return faults.find(isFault) ?? null;
  }
  if (typeof shown !== typeof printed) return `${at} is a ${typeof printed}, not a ${typeof shown}`;
  if (typeof shown === 'string' && isWord(shown) && shown !== printed) return `${at} is ${printed}, not ${shown}`;
  return typeof shown === 'boolean' && shown !== printed ? `${at} is ${printed}` : null;
}

const isFault = (fault: string | null): fault is string => fault !== null;

/** Hexadecimal digits and numbers may be others, `…` is anything, and space is as wide as it likes. */
function linePattern(shown: string): RegExp {
  const parts = shown.trim().split(/(…|\s+|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\d+(?:\.\d+)*)/);
  const source = parts.map((part) => {
    if (part === '…') return '.*';
    if (/^\s+$/.test(part)) return '\\s+';
    if (/^[0-9a-f]{8}-/.test(part)) return '[0-9a-f-]{36}';
    return /^\d/.test(part) ? '[\\d.]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^\\s*${source.join('')}\\s*$`);
}

/** Every shown line is printed, in that order; others may stand between. */
function textFault(shown: string, printed: string): string | null {
  const rest = printed.split('\n');
  for (const line of shown.split('\n').filter((one) => one.trim() !== '')) {
    const pattern = linePattern(line);
    const found = rest.findIndex((one) => pattern.test(one));
    if (found === -1) return `nothing like: ${line}`;
    rest.splice(0, found + 1);
  }
  return null;
}

/** One value over many lines, or the first of those that programs write a line each. */
function firstValue(printed: string): unknown {
  const [line = ''] = printed.split('\n');
  return JSON.parse(/^\{.*\}$/.test(line) ? line : printed);
}

/** What is wrong, or null. */
export function outputFault({ language, text }: { language: string; text: string }, printed: string): string | null {
  if (language !== 'json') return textFault(text, printed);
  try {
    return jsonFault(JSON.parse(text), firstValue(printed), '');
  } catch (error) {
    return `${error}`;
  }
}
