import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { TestAuthority } from '../../../test/support/certificates.js';
import { recordingLogger, recordingMetrics } from '../../../test/support/silent.js';
import { VirtualClock } from '../../../test/support/virtual-clock.js';
import { epochMs } from '../../base/brands.js';
import { ReloadableTls } from './reloadable-tls.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-reloadable-'));
afterAll(() => rmSync(folder, { recursive: true }));
const authority = new TestAuthority(folder);
const [first, second, expired] = [
  authority.issue('first'),
  authority.issue('second'),
  authority.issue('expired', { validDays: [-9, -2] }),
];
const [cert, key] = [join(folder, 'in-use.pem'), join(folder, 'in-use.key')];
const use = (issued: { readonly cert: string; readonly key: string }): void => {
  copyFileSync(issued.cert, cert);
  copyFileSync(issued.key, key);
};

async function opened() {
  use(first);
  const clock = new VirtualClock(epochMs(Date.now()));
  const [metrics, logger] = [recordingMetrics(), recordingLogger()];
  const files = { cert: { setting: 'certFile', path: cert }, key: { setting: 'keyFile', path: key }, clientCa: null };
  const tls = await ReloadableTls.open({ listener: 'rest', files, clock, metrics, logger });
  const reloadable = tls.ok ? tls.value : expect.fail(tls.error.join());
  onTestFinished(() => reloadable.stop());
  const told: string[] = [];
  reloadable.onChange((pem) => told.push(pem.cert));
  /** Resolves once it has looked at the files, and waits for the next time. */
  const looks = async (): Promise<void> => {
    await clock.advance(5000);
    await expect.poll(() => clock.pending()).toBe(1);
  };
  return { reloadable, told, looks, metrics, logger, clock };
}

describe('the certificate of a listener', () => {
  it('is replaced when its files change, and told to whoever listens', async () => {
    const { reloadable, told, looks } = await opened();
    const before = reloadable.current().cert;
    use(second);
    await looks();
    expect(reloadable.current().cert).toBe(told[0]);
    expect(told[0]).not.toBe(before);
  });

  it('stays when what is in the files cannot be used; that is told once, and the next good one is taken', async () => {
    const { reloadable, told, looks, logger, metrics } = await opened();
    const before = reloadable.current().cert;
    const errors = (): number => logger.lines.filter(({ level }) => level === 'error').length;
    use(expired);
    await looks();
    expect(errors()).toBe(1);
    writeFileSync(key, 'half a ke');
    await looks();
    await looks();
    expect([errors(), told.length, reloadable.current().cert]).toEqual([2, 0, before]);
    use(second);
    await looks();
    expect([errors(), told.length]).toEqual([2, 1]);
    expect(metrics.value('parley_tls_reloads_total', { listener: 'rest', outcome: 'refused' })).toBe(2);
    expect(metrics.value('parley_tls_reloads_total', { listener: 'rest', outcome: 'applied' })).toBe(1);
  });

  it('is read anew in two steps, so that others may be read with it', async () => {
    const { reloadable, told } = await opened();
    use(expired);
    const refused = [{ setting: 'certFile', rule: expect.stringContaining('expired') }];
    expect(await reloadable.prepare()).toMatchObject({ ok: false, error: refused });
    use(second);
    const prepared = await reloadable.prepare();
    expect(told).toEqual([]);
    if (prepared.ok) prepared.value();
    expect(told).toHaveLength(1);
  });

  it('that has expired since does not keep others from being read', async () => {
    const { reloadable, told, clock } = await opened();
    await clock.advance(3 * 86_400_000);
    const prepared = await reloadable.prepare();
    if (prepared.ok) prepared.value();
    expect([prepared.ok, told]).toEqual([true, []]);
  });
});
