/** The tarball of `make package`, unpacked where there is nothing but Debian, Node and six libraries. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Tone } from '../../src/cli/caller/voice.js';
import { Container } from '../support/container.js';
import { Platform } from '../support/platform.js';
import { keepingTime } from '../support/real-time.js';
import { measureTones } from '../support/tones.js';
import { listen } from '../support/waiting.js';

/** Of a second each, in which a mix is listened to. */
const windowsMax = 20;

const folder = 'build/package';
const program = '/var/lib/parley/unpacked/bin/parley';

let container: Container;
let platform: Platform;
beforeAll(async () => {
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tar.gz'));
  execFileSync('sha256sum', ['--check', '--quiet', `${tarball}.sha256`], { cwd: folder });
  // The image's own Parley stays where it is; what is started lies in the volume.
  const volume = mkdtempSync(join(tmpdir(), 'parley-package-'));
  const unpacked = join(volume, 'unpacked');
  mkdirSync(unpacked);
  const unpack = ['--extract', '--strip-components=1', '--no-same-owner', '--directory', unpacked];
  execFileSync('tar', [...unpack, '--file', join(folder, tarball)]);
  container = await Container.start(
    { PARLEY_DATA_DIR: '/var/lib/parley/data' },
    { volume, command: [program, 'serve'] },
  );
  platform = Platform.of(container);
});
afterAll(async () => {
  await platform.end();
  await container.remove();
});

describe('the package', () => {
  it('runs its own engine, and is well', async () => {
    const maps = readFileSync(`/proc/${container.pid}/maps`, 'utf8');
    expect(maps).toContain('/unpacked/build/release/parley.node');
    expect(maps).not.toContain('/opt/parley/');
    expect(await container.exec(program, 'health', '--ready')).toMatchObject({ status: 0 });
  });

  it('makes files of recordings, too', async () => {
    const addon = '/var/lib/parley/unpacked/build/release/parley-encoders.node';
    const script = `const { FileEncoder } = require('${addon}'); for (const coding of ['mp3', 'flac', 'opus'])
      console.log(coding, new FileEncoder(coding, 16000, 1, 16000, 24000).encode(new Int16Array(16000)).length > 0);`;
    expect(await container.exec('node', '-e', script)).toEqual({
      status: 0,
      output: 'mp3 true\nflac true\nopus true\n',
    });
  });

  it('mixes a call', async () => {
    const voice = (hz: number) => new Tone({ hz, amplitude: 6000, rateHz: 8000 });
    const talker = await platform.dialRtp('package', { voice: voice(440), law: 'pcmu' });
    const listener = await platform.dialRtp('package', { voice: voice(700), law: 'pcmu' });
    // Another second where the machine has stopped in one.
    let [said, own] = [0, 0];
    for (let window = 0; window < windowsMax && !(said > 5500 && own < 60); window++) {
      const heard = await keepingTime([], () => listen(listener.recording, 1000));
      [said = 0, own = 0] = measureTones(heard, 8000, [440, 700]).map(({ amplitude }) => amplitude);
    }
    expect(said).toBeGreaterThan(5500);
    expect(own).toBeLessThan(60);
    await platform.hangUp(talker);
    await platform.hangUp(listener);
  });

  it('brings the unit of systemd, the rules of Prometheus, and every setting', () => {
    const names = readdirSync(join(container.dataDir, 'unpacked'), { recursive: true, encoding: 'utf8' });
    expect(names).toEqual(
      expect.arrayContaining([
        ...['LICENSE', 'parley.example.yaml', 'deploy/systemd/parley.service', 'deploy/prometheus/rules.yml'],
      ]),
    );
  });
});
