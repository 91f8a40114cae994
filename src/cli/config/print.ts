/** `parley config print`: what holds, in the form of a configuration file, and where each setting was said. */
import { stringify } from 'yaml';
import { accountTexts } from '../../config/account-texts.js';
import { type ReadConfig, readConfig, unknownVariables, unknownVariableText } from '../../config/config.js';
import { configSource, type Named } from '../../config/config-file.js';
import { originText, problemText } from '../../config/problem.js';
import { settingTexts } from '../../config/setting-texts.js';
import { defaultOf, isSettingName, type SettingName, settingNames } from '../../config/settings.js';
import type { CheckOutput } from './check.js';

const mask = '***';

/** In the list of accounts some are, and some are not. */
const secretKeys = Object.entries({ ...accountTexts, ...settingTexts }).flatMap(([key, text]) =>
  'isSecret' in text && key !== 'accounts' ? [key] : [],
);

/** False when the configuration is wrong; then every problem was told. */
export function print(named: Named, { write, complain }: CheckOutput): boolean {
  const source = configSource(named);
  const read = source.ok ? readConfig(source.value) : null;
  if (!source.ok) complain(source.error);
  if (read?.ok !== true) {
    for (const problem of read?.error ?? []) complain(problemText(problem));
    return false;
  }
  const odd = [...read.value.warnings, ...unknownVariables(named.environment).map(unknownVariableText)];
  for (const warning of odd) complain(`warning: ${warning}`);
  for (const name of settingNames.filter(isSettingName)) for (const line of linesOf(name, read.value)) write(line);
  return true;
}

function linesOf(name: SettingName, { config, layers }: ReadConfig): readonly string[] {
  const said = layers.values[name];
  const value = said ?? (name === 'mediaAdvertise' ? config.mediaAdvertise : defaultOf(name));
  if (value === null) {
    const text = settingTexts[name];
    return [`# ${name}: ${'byDefault' in text ? text.byDefault : 'none'} # default`];
  }
  const origin = originText(said === undefined ? { kind: 'default' } : layers.originOf([name]));
  const shown = stringify(masked({ [name]: value }), { lineWidth: 0 })
    .trimEnd()
    .split('\n');
  const [first = '', ...others] = shown;
  return [`${first} # ${origin}`, ...others];
}

/** Secrets struck out. Where one stands in a file of its own, the name of that is shown. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, secretKeys.includes(key) ? struckOut(each) : masked(each)]),
  );
}

/** Of a URL: user and password, up to its last @, and the query, which services take keys in. */
const withoutSecrets = (text: string): string =>
  text.replace(/\/\/[^\s/?#]*@/, `//${mask}@`).replace(/(\/\/[^\s?#]*\?)[^\s#]+/, `$1${mask}`);

function struckOut(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(struckOut);
  return typeof value === 'object' && value !== null && 'file' in value ? value : value === '' ? '' : mask;
}
