/**
 * The configuration in use. What may change without a restart is asked of it each time: accounts with their keys and
 * limits, some settings, and the files that they and the listeners name. Read anew, all of that changes at once in one
 * step of the control thread, or nothing does.
 */
import type { AccountKeys } from '../adapters/recordings/account-keys.js';
import type { AccountLimits } from '../app/account-limits.js';
import type { Allowed } from '../app/allowance.js';
import type { Metrics } from '../app/metrics.js';
import type { ConnectionLimits } from '../app/requests/connections.js';
import type { AccountSid } from '../base/brands.js';
import type { Logger } from '../base/ports.js';
import { err, ok, type Result } from '../base/result.js';
import { type Accounts, accountsOf, type LiveAccounts } from './accounts.js';
import { problemTexts, type ReadConfig } from './config.js';
import { type ConfigFiles, readConfigFiles } from './config-files.js';
import type { Fault } from './problem.js';
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
  /** Reads everything anew, as far as it is right. Null: there is nothing to read it from. */
  readonly read: (() => Result<ReadConfig, readonly string[]>) | null;
  /** Reads the certificates of the listeners; they are taken once the function is called. */
  readonly prepareTls: () => Promise<Result<() => void, readonly Fault[]>>;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

/** Null: as many as there is room for. */
export type ConfiguredLimits = AccountLimits & {
  readonly recordingsMax: number | null;
  /** Streams of gRPC. */
  readonly streamsMax: number | null;
  /** Over gRPC and REST together. */
  readonly requests: Allowed;
};

export class LiveConfig {
  readonly #parts: LiveConfigParts;
  readonly #accounts: LiveAccounts;
  readonly #onAccounts: (() => void)[] = [];
  readonly #started: Config;
  #settings: Config;
  #files: ConfigFiles;
  /** One at a time: the next reads what is there when its turn comes. */
  #last: Promise<unknown> = Promise.resolve();

  /** `files`: those that `first` names. */
  constructor(first: Config, files: ConfigFiles, parts: LiveConfigParts) {
    this.#parts = parts;
    this.#started = first;
    this.#settings = first;
    this.#files = files;
    this.#accounts = accountsOf(first.accounts);
  }

  /** Those that may change without a restart as they are now, the others as they were at the start. */
  settings(): Config {
    return this.#settings;
  }

  accounts(): Accounts {
    return this.#accounts;
  }

  /** Those that it says itself, above those of the daemon. */
  limitsOf(accountSid: AccountSid): ConfiguredLimits {
    const [own, all] = [this.#accounts.limitsOf(accountSid), this.#settings];
    return {
      conferencesMax: bounded(own.conferencesMax ?? all.conferencesPerAccountMax),
      callsMax: bounded(own.participantsMax ?? all.participantsPerAccountMax),
      recordingsMax: bounded(own.recordingsMax ?? all.recordingsPerAccountMax),
      streamsMax: bounded(own.streamsMax ?? all.streamsPerAccountMax),
      requests: allowed(own.apiRequestsPerSecond ?? all.apiRequestsPerSecond),
      documents: allowed(own.documentsPerSecond ?? all.documentsPerSecond),
      callbacks: allowed(own.callbacksPerSecond ?? all.callbacksPerSecond),
    };
  }

  /** Requests of one address that shows no account. */
  visitorsAllowed(): Allowed {
    return allowed(this.#settings.apiRequestsPerSecond);
  }

  connectionLimits(): ConnectionLimits {
    return { max: this.#settings.connectionsMax, perAddressMax: this.#settings.connectionsPerAddressMax };
  }

  /** PEM certificates that an account trusts beside those of the daemon; null: none. */
  authoritiesOf(accountSid: AccountSid): string | null {
    return this.#files.authoritiesOf.get(accountSid) ?? null;
  }

  /** That recordings of the account of that sid are encrypted with; null: they are not. */
  recordingKeysOf(accountSid: string): AccountKeys | null {
    return this.#files.recordingKeysOf.get(accountSid) ?? null;
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
    const { config, warnings, problems } = next.value;
    const [files, tls] = await Promise.all([readConfigFiles(config), prepareTls()]);
    if (!files.ok || !tls.ok || problems.length > 0) {
      const faults = [files, tls].flatMap((each) => (each.ok ? [] : each.error));
      return err(problemTexts(next.value, faults));
    }
    const applied = settingsThat((name) => isLive(name) && !isSame(config[name], this.#settings[name]));
    const needRestart = settingsThat((name) => !isLive(name) && !isSame(config[name], this.#started[name]));
    this.#settings = { ...this.#settings, ...Object.fromEntries(applied.map((name) => [name, config[name]])) };
    this.#files = files.value;
    this.#accounts.replace(config.accounts);
    tls.value();
    for (const tell of this.#onAccounts) tell();
    return ok({ applied, needRestart, warnings });
  }
}

const bounded = (max: number): number | null => (max === 0 ? null : max);

const allowed = (perSecond: number): Allowed => ({ perSecond, burst: 2 * perSecond });

const isLive = (name: SettingName): boolean => 'isLive' in settingTexts[name];

const settingsThat = (fits: (name: SettingName) => boolean): readonly SettingName[] =>
  settingNames.filter(isSettingName).filter(fits);

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
