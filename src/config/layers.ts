/** What was said of the settings in each place, and which of it holds: flags, environment, file. */
import { err, ok, type Result } from '../base/result.js';
import type { Origin, Problem } from './problem.js';
import { flagOf, settingNames, variableOf } from './settings.js';
import { readYaml } from './yaml-file.js';

export type Layers = {
  /** What holds, as it was written: of settings, and of what else stands in the file. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly originOf: (path: readonly PropertyKey[]) => Origin;
  /** What could not even be read; it is not among the values. */
  readonly problems: readonly Problem[];
};

export type Environment = Readonly<Record<string, string | undefined>>;

export type ConfigFile = {
  readonly name: string;
  readonly text: string;
  /** Everybody on the machine may read it. Left out: not. */
  readonly isOpen?: boolean;
};

export type Said = {
  readonly environment: Environment;
  /** The configuration file, under the name that problems call it by; null when there is none. */
  readonly file: ConfigFile | null;
  /** By setting. Left out: none. */
  readonly flags?: Readonly<Record<string, string>>;
};

/** The error when the file as a whole cannot be read. */
export function layersOf({ environment, file, flags = {} }: Said): Result<Layers, readonly Problem[]> {
  const inFile = readYaml(file?.text ?? '');
  if (!inFile.ok) {
    return err(
      inFile.error.map(({ place, rule }) => ({
        origin: { kind: 'file', file: file?.name ?? '', ...place },
        path: [],
        rule,
      })),
    );
  }
  const { values: ofFile, placeOf } = inFile.value;
  const { values: ofEnvironment, problems } = environmentSettings(environment);
  return ok({
    values: { ...ofOthers(environment), ...without(ofFile, problems), ...ofEnvironment, ...flags },
    originOf(path) {
      const name = String(path[0]);
      if (Object.hasOwn(flags, name)) return { kind: 'flag', flag: flagOf(name) };
      const variable = variableOf(name);
      if (settingNames.includes(name) && environment[variable] !== undefined) return { kind: 'environment', variable };
      const isInFile = path.length === 0 || Object.hasOwn(ofFile, name);
      if (file !== null && isInFile) return { kind: 'file', file: file.name, ...placeOf(path) };
      const common = commonVariables[name] ?? '';
      return environment[common] === undefined ? { kind: 'default' } : { kind: 'environment', variable: common };
    },
    problems,
  });
}

/** What every program that is traced takes from its environment counts where nothing else was said. */
const commonVariables: Readonly<Record<string, string>> = {
  tracingEndpoint: 'OTEL_EXPORTER_OTLP_ENDPOINT',
  tracingServiceName: 'OTEL_SERVICE_NAME',
};

function ofOthers(environment: Environment): Readonly<Record<string, unknown>> {
  const said = Object.entries(commonVariables).map(([name, variable]) => [name, environment[variable]] as const);
  return Object.fromEntries(said.filter(([, text]) => text !== undefined && text !== ''));
}

/** The list of accounts is JSON text there. */
function environmentSettings(environment: Environment): Pick<Layers, 'values' | 'problems'> {
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const name of settingNames) {
    const variable = variableOf(name);
    const text = environment[variable];
    if (text === undefined) continue;
    if (name !== 'accounts') values[name] = text;
    else {
      try {
        values[name] = JSON.parse(text);
      } catch {
        const origin: Origin = { kind: 'environment', variable };
        problems.push({ origin, path: [name], rule: 'must be a JSON list of accounts' });
      }
    }
  }
  return { values, problems };
}

/** What is above it and cannot be read hides it all the same. */
const without = (values: Readonly<Record<string, unknown>>, problems: readonly Problem[]) =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !problems.some(({ path }) => path[0] === name)));
