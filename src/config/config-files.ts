/** What stands in the files that a configuration names, beside those of secrets and of the listeners' certificates. */
import { access, constants } from 'node:fs/promises';
import { type AccountKeys, readAccountKeys } from '../adapters/recordings/account-keys.js';
import { readAuthorities } from '../adapters/webhook/authorities.js';
import type { AccountSid } from '../base/brands.js';
import { err, ok, type Result } from '../base/result.js';
import { codeOf } from '../base/thrown.js';
import type { Fault } from './problem.js';
import type { Config } from './settings.js';

export type ConfigFiles = {
  /** PEM certificates of authorities that are trusted beside the public ones; null: none. */
  readonly authorities: string | null;
  /** Those that an account trusts beside them. */
  readonly authoritiesOf: ReadonlyMap<AccountSid, string>;
  /** By the sid of the account. */
  readonly recordingKeysOf: ReadonlyMap<string, AccountKeys>;
};

/** The error says all that is wrong with all of them. */
export async function readConfigFiles(config: Config): Promise<Result<ConfigFiles, readonly Fault[]>> {
  const faults: Fault[] = [];
  const take = <T>(read: Result<T, string>, path: readonly PropertyKey[], use: (value: T) => void): void => {
    if (read.ok) use(read.value);
    else faults.push({ path, rule: read.error });
  };
  let authorities: string | null = null;
  const { webhookCaFile, accounts } = config;
  if (webhookCaFile !== undefined) {
    take(await readAuthorities(webhookCaFile), ['webhookCaFile'], (pem) => {
      authorities = pem;
    });
  }
  for (const name of ['s3AccessKeyFile', 's3SecretKeyFile'] as const) {
    const file = config[name];
    if (file !== undefined) take(await mayBeRead(file), [name], () => {});
  }
  const authoritiesOf = new Map<AccountSid, string>();
  const recordingKeysOf = new Map<string, AccountKeys>();
  for (const [index, { sid, webhookCaFile: caFile, recordingKeyFile: keyFile }] of accounts.entries()) {
    const pathTo = (key: string) => ['accounts', index, key];
    if (caFile !== undefined) {
      take(await readAuthorities(caFile), pathTo('webhookCaFile'), (pem) => authoritiesOf.set(sid, pem));
    }
    if (keyFile !== undefined) {
      take(await readAccountKeys(keyFile), pathTo('recordingKeyFile'), (keys) => recordingKeysOf.set(sid, keys));
    }
  }
  return faults.length > 0 ? err(faults) : ok({ authorities, authoritiesOf, recordingKeysOf });
}

/** Keys of a store are read when they are used, since whoever rotates them only writes them anew. */
const mayBeRead = (file: string): Promise<Result<void, string>> =>
  access(file, constants.R_OK).then(ok, (error: unknown) => err(`${file} cannot be read: ${codeOf(error)}`));
