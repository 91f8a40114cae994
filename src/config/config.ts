/**
 * The configuration of a daemon, from the environment (PARLEY_*) and, below it, a JSON file. Everything that is wrong
 * is said at once, each by the name of what was set.
 */
import { err, ok, type Result } from '../base/result.js';
import { type ConfiguredAccount, developmentAccount } from './account.js';
import { isAnyAddress, isLoopback } from './address.js';
import { type Settings, settingNames, settingsSchema, variableOf } from './settings.js';

export type Config = Omit<Settings, 'mediaAdvertise' | 'webhookAllow' | 'accounts'> & {
  /** Literal address put into SDP answers. */
  readonly mediaAdvertise: string;
  readonly webhookAllow: NonNullable<Settings['webhookAllow']>;
  /** Never empty. */
  readonly accounts: readonly ConfiguredAccount[];
};

export type Environment = Readonly<Record<string, string | undefined>>;
export type ConfigSource = {
  readonly environment: Environment;
  /** Text of the configuration file; null when there is none. */
  readonly file: string | null;
};

/** What the commands that ask a daemon show it; no setting of the daemon. */
const tokenOfClients = 'PARLEY_TOKEN';

/** Names the configuration file. */
export const fileVariable = 'PARLEY_CONFIG';

/** What callbacks of the development account may reach: receivers on the same machine. */
const loopbackRanges = [
  { network: '127.0.0.0', prefix: 8 },
  { network: '::1', prefix: 128 },
];

/** The error has one line for each thing that is wrong. */
export function parseConfig({ environment, file }: ConfigSource): Result<Config, readonly string[]> {
  const inFile = fileSettings(file);
  if (!inFile.ok) return err([inFile.error]);
  const given = { ...inFile.value, ...environmentSettings(environment) };
  const parsed = settingsSchema.safeParse(given);
  if (!parsed.success) {
    const { issues } = parsed.error;
    const lines = issues.map(({ path: [name, ...path], message }) => {
      const where = name === undefined ? fileVariable : [nameOf(String(name), environment), ...path].join('.');
      return `${where}: ${message}`;
    });
    const wrong = new Set(issues.map(({ path }) => String(path[0])));
    return err([...lines, ...contradictionsOfRest(given, wrong)]);
  }
  const config = completed(parsed.data);
  const problems = contradictions(parsed.data, config);
  return problems.length > 0 ? err(problems) : ok(config);
}

/** Those among the settings that are right for themselves. Nothing is said of openness before accounts are right. */
function contradictionsOfRest(given: Readonly<Record<string, unknown>>, wrong: ReadonlySet<string>): readonly string[] {
  if (wrong.has('accounts')) return [];
  const rest = Object.entries(given).filter(([name]) => settingNames.includes(name) && !wrong.has(name));
  const parsed = settingsSchema.safeParse(Object.fromEntries(rest));
  return parsed.success ? contradictions(parsed.data, completed(parsed.data)) : [];
}

function completed(settings: Settings): Config {
  const { accounts = [developmentAccount], mediaAdvertise = settings.mediaBind } = settings;
  const webhookAllow = settings.webhookAllow ?? (settings.accounts === undefined ? loopbackRanges : []);
  return { ...settings, accounts, mediaAdvertise, webhookAllow };
}

/** What each setting allows for itself but not together with the others. */
function contradictions(settings: Settings, { accounts, mediaAdvertise }: Config): readonly string[] {
  const problems: string[] = [];
  if (isAnyAddress(mediaAdvertise)) {
    problems.push(
      'PARLEY_MEDIA_ADVERTISE: must name the address callers send to when PARLEY_MEDIA_BIND is every address',
    );
  }
  const open = accounts.filter(({ tokens }) => tokens.length === 0).map(({ name }) => name);
  for (const name of ['grpcListen', 'httpListen', 'restListen'] as const) {
    const { host } = settings[name];
    if (isLoopback(host) || open.length === 0) continue;
    problems.push(
      `${variableOf(name)}: ${host} can be reached from other machines, and anybody could use the account ` +
        `${open.join(', ')}: give every account tokens in PARLEY_ACCOUNTS`,
    );
  }
  if ((settings.restTlsCertFile === undefined) !== (settings.restTlsKeyFile === undefined)) {
    problems.push('PARLEY_REST_TLS_CERT_FILE, PARLEY_REST_TLS_KEY_FILE: one is of no use without the other');
  }
  const tokens = accounts.flatMap((account) => account.tokens);
  if (new Set(tokens).size < tokens.length) problems.push('PARLEY_ACCOUNTS: no token may open two accounts');
  if (new Set(accounts.map(({ sid }) => sid)).size < accounts.length) {
    problems.push('PARLEY_ACCOUNTS: no two accounts may have one sid');
  }
  if (open.length > 0 && accounts.length > 1) {
    problems.push('PARLEY_ACCOUNTS: with more than one account each needs tokens');
  }
  return problems;
}

const nameOf = (name: string, environment: Environment): string =>
  environment[variableOf(name)] === undefined ? `${name} (${variableOf(name)})` : variableOf(name);

function environmentSettings(environment: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    settingNames.flatMap((name) => {
      const value = environment[variableOf(name)];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** Variables that look like settings and are none: to be warned of, for a misspelt one is a setting lost. */
export function unknownVariables(environment: Environment): readonly string[] {
  const known = new Set([fileVariable, tokenOfClients, ...settingNames.map(variableOf)]);
  return Object.keys(environment).filter((variable) => variable.startsWith('PARLEY_') && !known.has(variable));
}

function fileSettings(file: string | null): Result<Readonly<Record<string, unknown>>, string> {
  if (file === null) return ok({});
  const refused = err(`${fileVariable}: the file must hold a JSON object`);
  try {
    const value: unknown = JSON.parse(file);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? ok({ ...value }) : refused;
  } catch {
    return refused;
  }
}
