/** Words of the text format of Prometheus, version 0.0.4. */

/** In braces; nothing when there are none. */
export function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${lineText(value).replace(/"/g, '\\"')}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

export const numberText = (value: number): string =>
  Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';

/** Stays on its line. */
export const lineText = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
