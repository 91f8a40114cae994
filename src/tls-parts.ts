/** The part of the composition root that gives each listener its certificate. */
import { ReloadableTls, type ReloadableTlsParts } from './adapters/system/reloadable-tls.js';
import { type NamedFile, readTls, type TlsFault, type TlsFiles } from './adapters/system/tls-files.js';
import { type TlsListener, tlsListeners } from './app/config-metrics.js';
import { err, ok, type Result } from './base/result.js';
import type { Fault } from './config/problem.js';
import type { Config } from './config/settings.js';

export type Tls = {
  /** Null: it speaks no TLS. */
  readonly of: Readonly<Record<TlsListener, ReloadableTls | null>>;
  /** Reads the files of all of them; they are taken once the function is called that this resolves with. */
  prepare(): Promise<Result<() => void, readonly Fault[]>>;
  /** The files are looked at no more. */
  stop(): void;
};

type World = Pick<ReloadableTlsParts, 'clock' | 'metrics' | 'logger'>;

/** The error says all that is wrong with all the files. */
export async function openTls(config: Config, world: World): Promise<Result<Tls, readonly Fault[]>> {
  const opened = await Promise.all(
    tlsListeners.map(async (listener) => {
      const files = tlsFilesOf(config, listener);
      return files === null ? ok(null) : ReloadableTls.open({ ...world, listener, files });
    }),
  );
  const all = opened.flatMap((each) => (each.ok && each.value !== null ? [each.value] : []));
  const stop = (): void => {
    for (const each of all) each.stop();
  };
  const faults = faultsIn(opened);
  if (faults.length > 0) {
    stop();
    return err(faults);
  }
  const of = (listener: TlsListener): ReloadableTls | null => {
    const each = opened[tlsListeners.indexOf(listener)];
    return each?.ok === true ? each.value : null;
  };
  return ok({
    of: { grpc: of('grpc'), http: of('http'), rest: of('rest') },
    async prepare() {
      const prepared = await Promise.all(all.map((each) => each.prepare()));
      const faults = faultsIn(prepared);
      if (faults.length > 0) return err(faults);
      return ok(() => {
        for (const each of prepared) if (each.ok) each.value();
      });
    },
    stop,
  });
}

/** What keeps the files of listeners from being used; they are only looked at. `nowMs`: since 1970. */
export async function tlsFaults(config: Config, nowMs: number): Promise<readonly Fault[]> {
  const files = tlsListeners.flatMap((listener) => tlsFilesOf(config, listener) ?? []);
  return faultsIn(await Promise.all(files.map((each) => readTls(each, nowMs))));
}

const faultsIn = (results: readonly Result<unknown, readonly TlsFault[]>[]): readonly Fault[] =>
  results.flatMap((each) => (each.ok ? [] : each.error.map(({ setting, rule }) => ({ path: [setting], rule }))));

/** Null: it speaks no TLS. */
export function tlsFilesOf(config: Config, listener: TlsListener): TlsFiles | null {
  const named = (setting: `${TlsListener}Tls${'Cert' | 'Key'}File` | 'grpcTlsClientCaFile'): NamedFile | null => {
    const path = config[setting];
    return path === undefined ? null : { setting, path };
  };
  const [cert, key] = [named(`${listener}TlsCertFile`), named(`${listener}TlsKeyFile`)];
  if (cert === null || key === null) return null;
  return { cert, key, clientCa: listener === 'grpc' ? named('grpcTlsClientCaFile') : null };
}
