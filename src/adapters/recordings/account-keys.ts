/** The file of keys that an account's recordings are encrypted with. */
import { readFile } from 'node:fs/promises';
import { err, ok, type Result } from '../../base/result.js';
import { messageOf } from '../../base/thrown.js';
import { keyNameCharactersMax } from '../../recordings/sealed-file.js';

export type AccountKey = {
  readonly name: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
};

/** The first seals; each opens what it sealed. */
export type AccountKeys = readonly [AccountKey, ...AccountKey[]];

const keyLine = new RegExp(`^([\\w.-]{1,${keyNameCharactersMax}})\\s+([A-Za-z0-9+/]{43}=)$`);

/**
 * Lines of a name and of 32 bytes in base64; empty ones and those after a # are passed over. The error, when it is not
 * of that kind, names the file, but never what is in it.
 */
export async function readAccountKeys(file: string): Promise<Result<AccountKeys, string>> {
  try {
    const lines = (await readFile(file, 'utf8'))
      .split('\n')
      .map((line, index) => ({ line: line.trim(), at: index + 1 }));
    const [first, ...others] = lines.filter(({ line }) => line !== '' && !line.startsWith('#')).map(keyIn);
    if (first === undefined) throw new Error('there is no key in it');
    const names = new Set([first, ...others].map(({ name }) => name));
    if (names.size < others.length + 1) throw new Error('two keys in it have one name');
    return ok([first, ...others]);
  } catch (error) {
    const why = messageOf(error);
    return err(`${file} must hold lines of a name and of 32 bytes in base64: ${why}`);
  }
}

function keyIn({ line, at }: { readonly line: string; readonly at: number }): AccountKey {
  const [, name, encoded] = keyLine.exec(line) ?? [];
  if (name === undefined || encoded === undefined) throw new Error(`line ${at} is none`);
  return { name, key: new Uint8Array(Buffer.from(encoded, 'base64')) };
}
