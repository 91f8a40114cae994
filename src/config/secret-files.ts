/** Secrets that stand in files of their own: wherever a value may be, `{ file: PATH }` may be in its place. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { err, ok, type Result } from '../base/result.js';
import { codeOf } from '../base/thrown.js';

export type SecretFile = {
  /** Without the line end that editors put there. */
  readonly text: string;
  /** Everybody on the machine may read it. */
  readonly isOpen: boolean;
};

/** The error says what is wrong with the file, in words. */
export type ReadSecret = (path: string) => Result<SecretFile, string>;

const secretBytesMax = 64 * 1024;

/** Others may read it (chmod o+r). */
const readableByOthers = 0o004;

/** `folder`: where relative paths begin. */
export const secretFilesIn =
  (folder: string): ReadSecret =>
  (path) => {
    const file = resolve(folder, path);
    try {
      const { size, mode } = statSync(file);
      if (size > secretBytesMax) return err(`${file} must have at most ${secretBytesMax} bytes`);
      const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      return text === '' ? err(`${file} must not be empty`) : ok({ text, isOpen: (mode & readableByOthers) !== 0 });
    } catch (error) {
      return err(`${file} cannot be read: ${codeOf(error)}`);
    }
  };

/** Of a file that a configuration file names: beside it. */
export const secretFilesBeside = (configFile: string): ReadSecret => secretFilesIn(dirname(configFile));

export const isOpenToOthers = (mode: number): boolean => (mode & readableByOthers) !== 0;

export type SecretsRead = {
  readonly value: unknown;
  readonly problems: readonly { readonly path: readonly PropertyKey[]; readonly rule: string }[];
  /** Files that everybody may read. */
  readonly open: readonly string[];
};

/** `value` with what the files hold in the place of what names them. */
export function withSecrets(value: unknown, path: readonly PropertyKey[], read: ReadSecret): SecretsRead {
  if (typeof value !== 'object' || value === null) return { value, problems: [], open: [] };
  const file = fileOf(value);
  if (file !== null) {
    const secret = read(file);
    if (!secret.ok) return { value: '', problems: [{ path, rule: secret.error }], open: [] };
    return { value: secret.value.text, problems: [], open: secret.value.isOpen ? [file] : [] };
  }
  const entries: readonly (readonly [PropertyKey, unknown])[] = Array.isArray(value)
    ? value.map((each, index) => [index, each] as const)
    : Object.entries(value);
  const read_ = entries.map(([key, each]) => [key, withSecrets(each, [...path, key], read)] as const);
  return {
    value: Array.isArray(value)
      ? read_.map(([, each]) => each.value)
      : Object.fromEntries(read_.map(([key, each]) => [key, each.value])),
    problems: read_.flatMap(([, each]) => each.problems),
    open: read_.flatMap(([, each]) => each.open),
  };
}

function fileOf(value: object): string | null {
  const [first, ...others] = Object.entries(value);
  return first?.[0] === 'file' && typeof first[1] === 'string' && others.length === 0 ? first[1] : null;
}
