/** A generated page of the documentation: written, or with `--check` compared with what is committed. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const code = (text: string): string => `\`${text}\``;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** Rows of Markdown; a bar or a line end in a cell would break its row. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const whole = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
  return [row(head), row(head.map(() => '---')), ...rows.map((cells) => row(cells.map(whole)))];
}

/** `path`: from the top of the repository. */
export function settlePage(path: string, lines: readonly string[]): void {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  const text = `${lines.join('\n')}\n`;
  if (!process.argv.includes('--check')) writeFileSync(file, text);
  else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
    console.error(`${path} is stale: run \`npm run generate\``);
    process.exitCode = 1;
  }
}
