/**
 * The configuration of a daemon: flags above the environment (PARLEY_*) above a YAML file above defaults. Everything
 * that is wrong is said at once, each with where it was said, the key and the rule.
 */
import { err, ok, type Result } from '../base/result.js';
import { developmentAccount } from './account.js';
import { contradictions } from './contradictions.js';
import { type Environment, type Layers, layersOf, type Said } from './layers.js';
import { meant } from './near-miss.js';
import { type Fault, inOrder, type Problem, problemText } from './problem.js';
import { type ReadSecret, secretFilesIn, withSecrets } from './secret-files.js';
import { type Issue, problemsOf } from './setting-rules.js';
import { type Config, isSettingName, type Settings, settingNames, settingsSchema, variableOf } from './settings.js';

export type { Config, Environment };

export type ConfigSource = Said & {
  /** Left out: files are looked for where the process is. */
  readonly readSecret?: ReadSecret;
};

export type ReadConfig = {
  /** What is wrong; that is as by default in `config`. */
  readonly problems: readonly Problem[];
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
  const read = readWhatIsRight(source);
  return read.ok && read.value.problems.length > 0 ? err(read.value.problems) : read;
}

/** For those who have more to find wrong. The error when nothing could be made of the file at all. */
export function readWhatIsRight(source: ConfigSource): Result<ReadConfig, readonly Problem[]> {
  const layers = layersOf(source);
  if (!layers.ok) return layers;
  const { values, originOf, problems } = layers.value;
  const secrets = withSecrets(values, [], source.readSecret ?? secretFilesIn('.'));
  const wrongBefore = [...problems, ...located(secrets.problems, layers.value)];
  const given = secrets.value as Readonly<Record<string, unknown>>;
  const issues = issuesOf(given).filter(({ path }) => !isWithin(path, wrongBefore));
  const found = [...wrongBefore, ...problemsOf(issues, originOf)];
  const wrong = new Set(found.map(({ path }) => String(path[0])));
  const config = completed(settingsSchema.parse(withoutWrong(given, wrong)));
  // Nothing is said of whom anybody could use before accounts are right.
  const judged = wrong.has('accounts') ? { ...config, accounts: [] } : config;
  found.push(...located(contradictions(judged), layers.value));
  const open = [...secrets.open, ...(tellsSecrets(source, layers.value) ? [source.file?.name] : [])];
  const warnings = open.map((file) => `everybody on this machine may read the secrets in ${file}: chmod o-r`);
  return ok({ problems: inOrder(found), config, layers: layers.value, warnings });
}

/** A line for each thing that is wrong: with what was `read`, and what was found later. */
export const problemTexts = ({ problems, layers }: ReadConfig, later: readonly Fault[]): readonly string[] =>
  inOrder([...problems, ...located(later, layers)]).map(problemText);

const located = (faults: readonly Fault[], { originOf }: Layers): readonly Problem[] =>
  faults.map((fault) => ({ ...fault, origin: originOf(fault.path) }));

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

/** The settings that are right for themselves. */
const withoutWrong = (given: Readonly<Record<string, unknown>>, wrong: ReadonlySet<string>) =>
  Object.fromEntries(Object.entries(given).filter(([name]) => isSettingName(name) && !wrong.has(name)));

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
