/**
 * The certificate of a listener, read anew when its files change and when the configuration is read anew. What cannot
 * be used leaves the old one in its place.
 */
import type { TlsListener } from '../../app/config-metrics.js';
import type { Metrics } from '../../app/metrics.js';
import type { TlsIdentity, TlsPem } from '../../app/tls.js';
import type { Cancel, Clock, Logger } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { holds, isSame, type ReadTls, readTls, type TlsFault, type TlsFiles } from './tls-files.js';

/** Between two looks at the files: by what they hold, since folders of secrets are swapped under a link. */
const lookMs = 5000;

export type ReloadableTlsParts = {
  readonly listener: TlsListener;
  readonly files: TlsFiles;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
};

export class ReloadableTls implements TlsIdentity {
  readonly #parts: ReloadableTlsParts;
  readonly #listeners: ((pem: TlsPem) => void)[] = [];
  #current: ReadTls;
  /** What was found wrong last, so that it is told once. */
  #wrong = '';
  #cancelLook: Cancel = () => {};
  #isStopped = false;

  private constructor(parts: ReloadableTlsParts, first: ReadTls) {
    this.#parts = parts;
    this.#current = first;
    this.#measure();
    this.#lookLater();
  }

  /** Looks at the files until `stop`. The error says all that is wrong with them. */
  static async open(parts: ReloadableTlsParts): Promise<Result<ReloadableTls, readonly TlsFault[]>> {
    const first = await readTls(parts.files, parts.clock.now());
    return first.ok ? ok(new ReloadableTls(parts, first.value)) : first;
  }

  current(): TlsPem {
    return this.#current;
  }

  onChange(listener: (pem: TlsPem) => void): void {
    this.#listeners.push(listener);
  }

  /** Reads the files; what comes of it holds once the function is called that this resolves with. */
  async prepare(): Promise<Result<() => void, readonly TlsFault[]>> {
    const { files, clock } = this.#parts;
    const next = await readTls(files, clock.now());
    if (next.ok) return ok(() => this.#become(next.value));
    // What is shown already and has expired since must not keep other things from being read anew.
    return (await holds(files, this.#current)) ? ok(() => {}) : err(next.error);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelLook();
  }

  #become(next: ReadTls): void {
    this.#wrong = '';
    if (isSame(next, this.#current)) return;
    const { listener, metrics, logger } = this.#parts;
    this.#current = next;
    this.#measure();
    metrics.count('parley_tls_reloads_total', { listener, outcome: 'applied' });
    logger.info('certificate-replaced', { listener, expiresAt: new Date(next.expiresAtMs).toISOString() });
    for (const tell of this.#listeners) tell(next);
  }

  async #look(): Promise<void> {
    const { listener, metrics, logger } = this.#parts;
    const prepared = await this.prepare();
    if (this.#isStopped) return;
    if (prepared.ok) prepared.value();
    else {
      const wrong = prepared.error.map(({ setting, rule }) => `${setting}: ${rule}`).join('; ');
      if (wrong !== this.#wrong) {
        metrics.count('parley_tls_reloads_total', { listener, outcome: 'refused' });
        logger.error('certificate-not-replaced', { listener, why: wrong });
      }
      this.#wrong = wrong;
    }
    this.#lookLater();
  }

  #lookLater(): void {
    if (this.#isStopped) return;
    this.#cancelLook = this.#parts.clock.after(lookMs, () => void this.#look());
  }

  #measure(): void {
    const { metrics, listener } = this.#parts;
    metrics.set('parley_tls_certificate_expiry_timestamp_seconds', { listener }, this.#current.expiresAtMs / 1000);
  }
}
