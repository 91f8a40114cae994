/** The configuration as the command line finds it: the file that is named, the environment, the flags. */
import { readFileSync, statSync } from 'node:fs';
import { err, ok, type Result } from '../base/result.js';
import { codeOf } from '../base/thrown.js';
import { type ConfigSource, type Environment, fileVariable } from './config.js';
import { isOpenToOthers, secretFilesBeside } from './secret-files.js';

export type Named = {
  readonly environment: Environment;
  /** Left out: the one that PARLEY_CONFIG names, if any. */
  readonly configFile?: string | undefined;
  /** By setting. */
  readonly flags?: Readonly<Record<string, string>>;
};

/** Read anew with each call. The error says, in a line, why the file cannot be read. */
export function configSource({ environment, configFile, flags = {} }: Named): Result<ConfigSource, string> {
  const path = configFile ?? environment[fileVariable];
  if (path === undefined) return ok({ environment, flags, file: null });
  try {
    const file = { name: path, text: readFileSync(path, 'utf8'), isOpen: isOpenToOthers(statSync(path).mode) };
    return ok({ environment, flags, file, readSecret: secretFilesBeside(path) });
  } catch (error) {
    const where = configFile === undefined ? `${fileVariable}: ` : '';
    return err(`${where}${path} cannot be read: ${codeOf(error)}`);
  }
}
