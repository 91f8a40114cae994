/**
 * The configuration of a daemon: flags above the environment (PARLEY_*) above a YAML file above defaults. Everything
 * that is wrong is said at once, each with where it was said, the key and the rule.
 */
import { err, ok, type Result } from '../base/result.js';
import { developmentAccount } from './account.js';
import { contradictions } from './contradictions.js';
import { type Environment, type Layers, layersOf, type Said } from './layers.js';
import { meant } from './near-miss.js';
import { type Problem, problemText } from './problem.js';
import { type ReadSecret, secretFilesIn, withSecrets } from './secret-files.js';
import { type Issue, problemsOf } from './setting-rules.js';
import { type Config, isSettingName, type Settings, settingNames, settingsSchema, variableOf } from './settings.js';

export type { Config, Environment };

export type ConfigSource = Said & {
  /** Left out: files are looked for where the process is. */
  readonly readSecret?: ReadSecret;
};

export type ReadConfig = {
  readonly config: Config;
  /** What was said of each setting, and where. */
  readonly layers: Layers;
  /** Odd, and no reason not to start; in words. */
  readonly warnings: readonly string[];
};

/** How the commands that ask a daemon reach it; no settings of the daemon. */
const ofClients = ['PARLEY_TOKEN', 'PARLEY_TLS_CA_FILE', 'PARLEY_TLS_CERT_FILE', 'PARLEY_TLS_KEY_FILE'];

/** Names the configuration file. */
export const fileVariable = 'PARLEY_CONFIG';

/** What callbacks of the development account may reach: receivers on the same machine. */
const loopbackRanges = [
  { network: '127.0.0.0', prefix: 8 },
  { network: '::1', prefix: 128 },
];

/** The error has one line for each thing that is wrong. */
export function parseConfig(source: ConfigSource): Result<Config, readonly string[]> {
  const read = readConfig(source);
  return read.ok ? ok(read.value.config) : err(read.error.map(problemText));
}

export function readConfig(source: ConfigSource): Result<ReadConfig, readonly Problem[]> {
  const layers = layersOf(source);
  if (!layers.ok) return layers;
  const { values, originOf, problems } = layers.value;
  const secrets = withSecrets(values, [], source.readSecret ?? secretFilesIn('.'));
  const wrongBefore = [...problems, ...secrets.problems.map((each) => ({ ...each, origin: originOf(each.path) }))];
  const given = secrets.value as Readonly<Record<string, unknown>>;
  const issues = issuesOf(given).filter(({ path }) => !isWithin(path, wrongBefore));
  const found = [...wrongBefore, ...problemsOf(issues, originOf)];
  const wrong = new Set(found.map(({ path }) => String(path[0])));
  found.push(...contradictionsOfRest(given, wrong).map((each) => ({ ...each, origin: originOf(each.path) })));
  if (found.length > 0) return err(found);
  const config = completed(settingsSchema.parse(given));
  const open = [...secrets.open, ...(tellsSecrets(source, layers.value) ? [source.file?.name] : [])];
  const warnings = open.map((file) => `everybody on this machine may read the secrets in ${file}: chmod o-r`);
  return ok({ config, layers: layers.value, warnings });
}

/** Secrets stand in the file itself, and anybody may read it. */
function tellsSecrets({ file }: ConfigSource, { values, originOf }: Layers): boolean {
  const isInFile = (name: string): boolean => file?.isOpen === true && originOf([name]).kind === 'file';
  const { accounts, tracingHeaders } = values;
  if (isInFile('tracingHeaders') && typeof tracingHeaders === 'string') return true;
  if (!isInFile('accounts') || !Array.isArray(accounts)) return false;
  return accounts.some(({ tokens, signingKeys }) =>
    [tokens, signingKeys].flat().some((secret: unknown) => typeof secret === 'string'),
  );
}

function issuesOf(given: Readonly<Record<string, unknown>>): readonly Issue[] {
  const parsed = settingsSchema.safeParse(given, { reportInput: true });
  return parsed.success ? [] : parsed.error.issues;
}

/** What is wrong with the value that stands for a secret nobody could read is no news. */
const isWithin = (path: readonly PropertyKey[], problems: readonly Problem[]): boolean =>
  problems.some((problem) => problem.path.every((step, index) => step === path[index]));

/** Those among the settings that are right for themselves. Nothing is said of openness before accounts are right. */
function contradictionsOfRest(
  given: Readonly<Record<string, unknown>>,
  wrong: ReadonlySet<string>,
): ReturnType<typeof contradictions> {
  if (wrong.has('accounts')) return [];
  const rest = Object.entries(given).filter(([name]) => isSettingName(name) && !wrong.has(name));
  const parsed = settingsSchema.safeParse(Object.fromEntries(rest));
  return parsed.success ? contradictions(completed(parsed.data)) : [];
}

function completed(settings: Settings): Config {
  const { accounts = [developmentAccount], mediaAdvertise = settings.mediaBind } = settings;
  const webhookAllow = settings.webhookAllow ?? (settings.accounts === undefined ? loopbackRanges : []);
  return { ...settings, accounts, mediaAdvertise, webhookAllow };
}

const knownVariables = [fileVariable, ...ofClients, ...settingNames.map(variableOf)];

/** Variables that look like settings and are none: to be warned of, for a misspelt one is a setting lost. */
export const unknownVariables = (environment: Environment): readonly string[] =>
  Object.keys(environment).filter((variable) => variable.startsWith('PARLEY_') && !knownVariables.includes(variable));

/** As a sentence. */
export const unknownVariableText = (variable: string): string =>
  `${variable} is no setting${meant(variable, knownVariables)}`;
