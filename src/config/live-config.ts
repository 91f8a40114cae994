/**
 * The configuration in use. What may change without a restart is asked of it each time: accounts with their keys and
 * limits, some settings, and the files that they and the listeners name. Read anew, all of that changes at once in one
 * step of the control thread, or nothing does.
 */
import { readAuthorities } from '../adapters/webhook/authorities.js';
import type { Metrics } from '../app/metrics.js';
import type { AccountSid } from '../base/brands.js';
import type { Logger } from '../base/ports.js';
import { err, ok, type Result } from '../base/result.js';
import { type Accounts, accountsOf, type LiveAccounts } from './accounts.js';
import type { ReadConfig } from './config.js';
import { settingTexts } from './setting-texts.js';
import { type Config, isSettingName, type SettingName, settingNames } from './settings.js';

export type ReloadReport = {
  /** Settings that have changed and hold from now on. */
  readonly applied: readonly SettingName[];
  /** Settings that have changed and hold from the next start on. */
  readonly needRestart: readonly SettingName[];
  /** What is odd, in words. */
  readonly warnings: readonly string[];
};

/** The error has one line for each thing that is wrong; then everything is as it was. */
export type Reloaded = Result<ReloadReport, readonly string[]>;

export type LiveConfigParts = {
  /** Reads everything anew, as at the start. Null: there is nothing to read it from. */
  readonly read: (() => Result<ReadConfig, readonly string[]>) | null;
  /** Reads the certificates of the listeners; they are taken once the function is called. */
  readonly prepareTls: () => Promise<Result<() => void, readonly string[]>>;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

type Authorities = ReadonlyMap<AccountSid, string>;

export class LiveConfig {
  readonly #parts: LiveConfigParts;
  readonly #accounts: LiveAccounts;
  readonly #onAccounts: (() => void)[] = [];
  readonly #started: Config;
  #settings: Config;
  #authorities: Authorities;
  /** One at a time: the next reads what is there when its turn comes. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(first: Config, authorities: Authorities, parts: LiveConfigParts) {
    this.#parts = parts;
    this.#started = first;
    this.#settings = first;
    this.#authorities = authorities;
    this.#accounts = accountsOf(first.accounts);
  }

  /** The error says which files of accounts cannot be read. */
  static async open(first: Config, parts: LiveConfigParts): Promise<Result<LiveConfig, readonly string[]>> {
    const authorities = await authoritiesOf(first);
    return authorities.ok ? ok(new LiveConfig(first, authorities.value, parts)) : authorities;
  }

  /** Those that may change without a restart as they are now, the others as they were at the start. */
  settings(): Config {
    return this.#settings;
  }

  accounts(): Accounts {
    return this.#accounts;
  }

  /** PEM certificates that an account trusts beside those of the daemon; null: none. */
  authoritiesOf(accountSid: AccountSid): string | null {
    return this.#authorities.get(accountSid) ?? null;
  }

  /** Called after each change of the accounts. */
  onAccounts(listener: () => void): void {
    this.#onAccounts.push(listener);
  }

  reload(): Promise<Reloaded> {
    const reloaded = this.#last.then(() => this.#reload());
    this.#last = reloaded.catch(() => {});
    return reloaded;
  }

  async #reload(): Promise<Reloaded> {
    const { metrics, logger } = this.#parts;
    const reloaded = await this.#readAndApply();
    metrics.count('parley_config_reloads_total', { outcome: reloaded.ok ? 'applied' : 'refused' });
    if (reloaded.ok) logger.info('config-reloaded', reloaded.value);
    else logger.error('config-not-reloaded', { problems: reloaded.error });
    return reloaded;
  }

  async #readAndApply(): Promise<Reloaded> {
    const { read, prepareTls } = this.#parts;
    if (read === null) return err(['there is nothing to read the configuration from']);
    const next = read();
    if (!next.ok) return next;
    const { config, warnings } = next.value;
    const [authorities, tls] = await Promise.all([authoritiesOf(config), prepareTls()]);
    const problems = [authorities, tls].flatMap((each) => (each.ok ? [] : each.error));
    if (!authorities.ok || !tls.ok) return err(problems);
    const applied = settingsThat((name) => isLive(name) && !isSame(config[name], this.#settings[name]));
    const needRestart = settingsThat((name) => !isLive(name) && !isSame(config[name], this.#started[name]));
    this.#settings = { ...this.#settings, ...Object.fromEntries(applied.map((name) => [name, config[name]])) };
    this.#authorities = authorities.value;
    this.#accounts.replace(config.accounts);
    tls.value();
    for (const tell of this.#onAccounts) tell();
    return ok({ applied, needRestart, warnings });
  }
}

const isLive = (name: SettingName): boolean => 'isLive' in settingTexts[name];

const settingsThat = (fits: (name: SettingName) => boolean): readonly SettingName[] =>
  settingNames.filter(isSettingName).filter(fits);

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

async function authoritiesOf({ accounts }: Config): Promise<Result<Authorities, readonly string[]>> {
  const read = new Map<AccountSid, string>();
  const problems: string[] = [];
  for (const { sid, name, webhookCaFile } of accounts) {
    if (webhookCaFile === undefined) continue;
    try {
      read.set(sid, await readAuthorities(webhookCaFile, `webhookCaFile of the account ${name}`));
    } catch (error) {
      problems.push(error instanceof Error ? error.message : String(error));
    }
  }
  return problems.length > 0 ? err(problems) : ok(read);
}
