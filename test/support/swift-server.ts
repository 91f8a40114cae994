/**
 * OpenStack Swift with its S3 interface: a store of objects that was not written here, its data on a disk, its four
 * servers on ports that nobody else has. It may be killed and started again with what it had.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { unsoughtTcpPort } from './unsought-port.js';
import { until } from './waiting.js';

/** Debian's, whose modules Debian's Swift is. */
const python = '/usr/bin/python3';
const swiftModules = '/usr/lib/python3/dist-packages/swift';
const servers = ['account', 'container', 'object', 'proxy'] as const;
type ServerName = (typeof servers)[number];

export const accessKey = 'parley:recorder';
export const secretKey = 'a-secret-of-tests';
export const region = 'us-east-1';
export const bucket = 'recordings';

/**
 * As its own commands do, but with a configuration that lies elsewhere than they look for it, and with what all four
 * need loaded once: each is a process of its own.
 */
const launcher = `
import os, sys
import swift.account.server, swift.container.server, swift.obj.server, swift.proxy.server
import swift.common.middleware.s3api.s3api
from swift.common import utils, wsgi
folder = sys.argv[1]
utils.set_swift_dir(folder)
more = {'object': {'global_conf_callback': swift.obj.server.global_conf_callback}}
for name in sys.argv[2:]:
    child = os.fork()
    if child:
        print('pid', child, flush=True)
    else:
        sys.exit(wsgi.run_wsgi(os.path.join(folder, name + '.conf'), name + '-server', **more.get(name, {})))
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
`;

const ringMaker = `
import json, os, sys
from swift.common.ring import RingBuilder
for name, port in json.loads(sys.argv[2]).items():
    ring = RingBuilder(1, 1, 0)
    ring.add_dev({'id': 0, 'region': 1, 'zone': 1, 'ip': '127.0.0.1', 'port': port, 'replication_ip': '127.0.0.1',
                  'replication_port': port, 'device': 'disk', 'weight': 1, 'meta': ''})
    ring.rebalance()
    ring.get_ring().save(os.path.join(sys.argv[1], name + '.ring.gz'))
`;

export class SwiftServer {
  readonly #folder: string;
  readonly #ports: Readonly<Record<ServerName, number>>;
  /** Whose children the servers are, though each is the leader of a session of its own. */
  #leader: ChildProcess | null = null;

  private constructor(folder: string, ports: Readonly<Record<ServerName, number>>) {
    this.#folder = folder;
    this.#ports = ports;
  }

  /** All of it lies in `folder`, which goes with the test. Resolves once it has a bucket and takes requests. */
  static async start(folder: string): Promise<SwiftServer> {
    if (!existsSync(swiftModules)) throw new Error('apt-get install python3-swift, or tools/bootstrap.sh test');
    const [account = 0, container = 0, object = 0, proxy = 0] = await Promise.all(servers.map(unsoughtTcpPort));
    const swift = new SwiftServer(folder, { account, container, object, proxy });
    mkdirSync(join(folder, 'devices', 'disk'), { recursive: true });
    swift.#configure();
    const storing = JSON.stringify({ account, container, object });
    await promisify(execFile)(python, ['-c', ringMaker, folder, storing]);
    await swift.restart();
    return swift;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#ports.proxy}`;
  }

  /** As after `kill`. */
  async restart(): Promise<void> {
    const log = openSync(this.#log, 'a');
    const args = ['-c', launcher, this.#folder, ...servers];
    this.#leader = spawn(python, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    // The last one remembers for a while which of the others were not there.
    for (const name of servers) await until(() => this.#lives() && accepts(this.#ports[name]));
    const client = this.client();
    try {
      await until(() => {
        this.#lives();
        return client.send(new CreateBucketCommand({ Bucket: bucket })).then(
          () => true,
          (error: unknown) => error instanceof Error && error.name === 'BucketAlreadyOwnedByYou',
        );
      });
    } finally {
      client.destroy();
    }
  }

  /** In the midst of whatever it does. */
  async kill(): Promise<void> {
    const leader = this.#leader;
    if (leader === null) return;
    this.#leader = null;
    const ended = once(leader, 'exit');
    const pids = [...readFileSync(this.#log, 'utf8').matchAll(/^pid (\d+)$/gm)].slice(-servers.length);
    for (const [, pid] of pids) process.kill(Number(pid), 'SIGKILL');
    await ended;
    // The leader has seen one of them end; the ports tell of the others.
    for (const name of servers) await until(async () => !(await accepts(this.#ports[name])));
  }

  /** Of a test, to look at what is there. */
  client(): S3Client {
    process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
    return new S3Client({
      ...{ endpoint: this.endpoint, region, forcePathStyle: true, maxAttempts: 1 },
      credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
  }

  get #log(): string {
    return join(this.#folder, 'swift.log');
  }

  /** Throws, with what it said, when one of the servers has ended by itself. */
  #lives(): true {
    if (this.#leader?.exitCode !== null) throw new Error(readFileSync(this.#log, 'utf8'));
    return true;
  }

  #configure(): void {
    const write = (name: string, text: string): void => writeFileSync(join(this.#folder, name), text);
    write('swift.conf', '[swift-hash]\nswift_hash_path_suffix = parley\n');
    for (const name of servers) {
      const own = name === 'proxy' ? proxyServer : `[app:${name}-server]\nuse = egg:swift#${name}\n`;
      const before = name === 'proxy' ? proxyFilters : '';
      write(
        `${name}.conf`,
        `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${this.#ports[name]}
user = ${userInfo().username}
swift_dir = ${this.#folder}
devices = ${join(this.#folder, 'devices')}
mount_check = false
fallocate_reserve = 0
workers = 0
${patience}
[pipeline:main]
pipeline = ${before} ${name}-server

${own}`,
      );
    }
  }
}

/**
 * Its servers wait for each other half a second or one unless told otherwise, and list later what came later; nobody
 * would, here.
 */
const patience = `
conn_timeout = 10
node_timeout = 60
container_update_timeout = 60
error_suppression_limit = 1000000
`;

const proxyFilters = 'catch_errors gatekeeper cache listing_formats bulk s3api tempauth slo dlo keymaster encryption';

/** Encrypts what it is asked to, and everything else too. */
const proxyServer = `[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true

[filter:tempauth]
use = egg:swift#tempauth
user_${accessKey.replace(':', '_')} = ${secretKey} .admin

; Wanted, but missed by nobody: there is none at this port.
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:1

[filter:keymaster]
use = egg:swift#keymaster
encryption_root_secret = ${randomBytes(32).toString('base64')}

${['catch_errors', 'gatekeeper', 'listing_formats', 'bulk', 's3api', 'slo', 'dlo', 'encryption']
  .map((name) => `[filter:${name}]\nuse = egg:swift#${name}\n`)
  .join('\n')}`;

/** Whether somebody listens there. */
async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const outcome = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return outcome;
}
