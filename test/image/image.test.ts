/** The image, started as docs/install.md says: it is well, it mixes, nothing in it is root, and nothing is written. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Speech, Tone } from '../../src/cli/caller/voice.js';
import { type ContainedProcess, Container, imageConfig, imageRoot } from '../support/container.js';
import { linear16, Platform } from '../support/platform.js';
import { keepingTime } from '../support/real-time.js';
import { measureTones } from '../support/tones.js';
import { listen, until } from '../support/waiting.js';

/** A megabyte more is a reason to look at what has come into it. */
const megabytesMax = 250;

/** Of a second each, in which a mix is listened to. */
const windowsMax = 20;

const config = imageConfig();
const root = imageRoot();

let container: Container;
let platform: Platform;
beforeAll(async () => {
  container = await Container.start();
  platform = Platform.of(container);
});
afterAll(async () => {
  await platform.end();
  await container.remove();
});

describe('what is in the image', () => {
  it('is Node, the daemon, and no compiler, package manager of npm, cache or source', () => {
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
    const tools = /bin\/(npm|npx|yarn|corepack|gcc|g\+\+|make|cmake|ninja)$|(^|\/)(cc1|cc1plus|node_modules\/npm)$/;
    const sources = /\.(d\.ts|cc|o)$/;
    const caches = /^(root\/\.(npm|cache)|run\/npm|var\/cache\/(npm|apt)\/.|var\/lib\/apt\/lists\/.)|\.?npmrc$/;
    for (const unwanted of [tools, sources, caches]) {
      expect(names.filter((name) => unwanted.test(name))).toEqual([]);
    }
    expect(readdirSync(join(root, 'opt/parley')).sort()).toEqual([
      ...['LICENSE', 'bin', 'build', 'dist', 'node_modules', 'package.json', 'parley.example.yaml'],
    ]);
  });

  it('is no larger than it has to be', () => {
    const { bytes }: { readonly bytes: number } = JSON.parse(readFileSync('build/image/size.json', 'utf8'));
    expect(bytes / 1e6).toBeLessThan(megabytesMax);
  });

  it('names its user by number, one volume, its ports, and a stop that drains', () => {
    expect(config).toMatchObject({
      User: expect.stringMatching(/^[1-9]\d*:[1-9]\d*$/),
      Volumes: { '/var/lib/parley': {} },
      StopSignal: 'SIGTERM',
      ExposedPorts: { '7300/tcp': {}, '7301/tcp': {}, '7302/tcp': {} },
    });
    expect(Object.keys(config.Volumes)).toHaveLength(1);
  });

  it('has nothing that lends the rights of another user', () => {
    const lends = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => {
      const stats = statSync(join(root, name), { throwIfNoEntry: false });
      return stats?.isFile() === true && (stats.mode & 0o6000) !== 0 && stats.uid === 0;
    });
    // Debian's own; no_new_privileges takes their effect from them.
    expect(lends.filter((name) => !/^usr\/(s?bin|lib\/dbus-1\.0)\//.test(name) && !/^s?bin\//.test(name))).toEqual([]);
  });
});

describe('a container', () => {
  it('passes the health check of its image, and fails it when its daemon stands still', async () => {
    expect(await container.health()).toEqual({ status: 0, output: '{"live":true,"stalledShards":[]}\n' });
    container.signal('SIGSTOP');
    const standing = await container.health();
    container.signal('SIGCONT');
    expect(standing).toEqual({ status: 1, output: expect.stringContaining('no answer within') });
    await until(async () => (await container.health()).status === 0);
  });

  it('has the status page, too', async () => {
    const page = await fetch(container.httpUrl);
    expect(page.status).toBe(200);
    const text = await page.text();
    const [, script = ''] = /<script[^>]* src="([^"]+)"/.exec(text) ?? [];
    expect((await fetch(new URL(script, container.httpUrl))).headers.get('content-type')).toContain('javascript');
  });

  it('writes to its volume and nowhere else', async () => {
    const write = (path: string) => container.exec('/bin/sh', '-c', `echo x >${path}/written`);
    for (const path of ['/opt/parley', '/tmp', '/etc', '/var', '/dev', '/']) {
      expect(await write(path), path).toMatchObject({ status: 2 });
    }
    expect(await write('/var/lib/parley')).toMatchObject({ status: 0 });
    expect(readdirSync(container.dataDir)).toEqual(expect.arrayContaining(['written']));
  });

  it('mixes a call: over RTP and gRPC each hears the others and not itself', { timeout: 120_000 }, async () => {
    const tones = [440, 700, 1100];
    const voice = (hz: number) => new Tone({ hz, amplitude: 6000, rateHz: 8000 });
    const line = platform.openLine();
    const guests = [
      await platform.dialRtp('image', { voice: voice(440), law: 'pcmu' }),
      await platform.dialRtp('image', { voice: voice(700), law: 'pcma' }),
      await platform.dialGrpc('image', { line, voice: voice(1100), coding: linear16(8000) }),
    ];
    const faults = async (): Promise<readonly string[]> => {
      const heard = await Promise.all(guests.map(({ recording }) => listen(recording, 1000)));
      return heard.flatMap((samples, listener) =>
        measureTones(samples, 8000, tones).flatMap(({ amplitude }, talker) =>
          (talker === listener ? amplitude < 60 : amplitude > 5500)
            ? []
            : [`listener ${listener} hears talker ${talker} at ${Math.round(amplitude)}`],
        ),
      );
    };
    // A machine that stops for a moment spoils a window, and says nothing of the mix: another one is heard.
    let found: readonly string[] = ['nothing was heard'];
    for (let window = 0; window < windowsMax && found.length > 0; window++) found = await keepingTime([], faults);
    expect(found).toEqual([]);
    for (const guest of guests) await platform.hangUp(guest);
  });

  it('has no process that is root, or could become it', async () => {
    const guest = await platform.dialRtp('unprivileged', { voice: new Speech(), law: 'pcmu' });
    // The daemon, and the health check once its engine has handed it over: until then it has that one's rights. One
    // that was over before it was seen is asked for again.
    let processes: readonly ContainedProcess[] = [];
    const isSeen = (): boolean => processes.filter(({ name }) => name === 'node').length === 2;
    await until(async () => {
      let isOver = false;
      const asked = container.health().finally(() => (isOver = true));
      await until(() => {
        processes = container.processes();
        return isSeen() || isOver;
      });
      await asked;
      return isSeen();
    });
    await platform.hangUp(guest);
    const [uid, gid] = config.User.split(':').map(Number);
    expect(processes).toHaveLength(2);
    for (const { name, ...rights } of processes) {
      expect(rights, name).toEqual({
        uids: Array(4).fill(uid),
        gids: Array(4).fill(gid),
        capabilities: 0n,
        noNewPrivileges: true,
      });
    }
  });

  it('has engines on real-time scheduling by a limit alone, without a capability', async () => {
    const metrics = await (await fetch(`${container.httpUrl}/metrics`)).text();
    const permitted =
      (await container.exec('parley', 'doctor')).output.match(/real-time scheduling\s+permitted/) !== null;
    expect(/^parley_shard_realtime_scheduling\{[^}]*\} 1$/m.test(metrics)).toBe(permitted);
  });

  it('ends by SIGTERM as process 1, as soon as nothing is left', async () => {
    expect(await container.stop()).toBe(0);
    expect(container.log().at(-1)).toContain('"event":"stopped"');
  });
});
