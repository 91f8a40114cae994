/**
 * A wire between clients and a daemon, in a process of its own, that kills the daemon at the first bytes of an answer
 * it carries: sooner than any client could read them. The answer is delivered all the same.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

type Order =
  | { readonly kind: 'lead'; readonly port: number; readonly pid: number }
  /** The next answer is the last. */
  | { readonly kind: 'arm' };

/** The order was taken; or the daemon was sent its signal, which may be in the pipe right behind. */
type Report = 'done' | 'killed';

const self = fileURLToPath(import.meta.url);

export class TripWire {
  readonly #process: ChildProcess;
  readonly #port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.#port = port;
  }

  static async start(): Promise<TripWire> {
    const child = fork(self, ['--wire'], { execArgv: ['--import', 'tsx'] });
    const [port] = await once(child, 'message');
    return new TripWire(child, port);
  }

  /** Leads to this daemon from now on. Resolves with the address of the near end. */
  async lead(grpcAddress: string, pid: number): Promise<string> {
    await this.#order({ kind: 'lead', port: Number(grpcAddress.split(':').at(-1)), pid });
    return `127.0.0.1:${this.#port}`;
  }

  /** Resolves when the daemon was sent its signal. */
  async arm(): Promise<void> {
    const killed = this.#report('killed');
    await this.#order({ kind: 'arm' });
    await killed;
  }

  close(): void {
    this.#process.kill();
  }

  async #order(order: Order): Promise<void> {
    const done = this.#report('done');
    this.#process.send(order);
    await done;
  }

  #report(wanted: Report): Promise<void> {
    return new Promise((resolve) => {
      const hear = (report: Report): void => {
        if (report !== wanted) return;
        this.#process.off('message', hear);
        resolve();
      };
      this.#process.on('message', hear);
    });
  }
}

const frameHeaderBytes = 9;
/** Of HTTP/2 (RFC 9113 §6.1, §6.2): what an answer is made of. */
const [dataFrame, headersFrame] = [0, 1];

/** Of what begins with these frames of HTTP/2: is there one of an answer among them? */
function isAnswer(bytes: Buffer): boolean {
  for (let at = 0; at + frameHeaderBytes <= bytes.length; at += frameHeaderBytes + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === dataFrame || bytes[at + 3] === headersFrame) return true;
  }
  return false;
}

const report = (what: Report): boolean | undefined => process.send?.(what);

function carry(): void {
  let [port, pid, isArmed] = [0, 0, false];
  const server = createServer((near: Socket) => {
    const far = connect(port, '127.0.0.1');
    far.on('data', (bytes) => {
      if (isArmed && isAnswer(bytes)) {
        process.kill(pid, 'SIGKILL');
        isArmed = false;
        report('killed');
      }
      near.write(bytes);
    });
    near.on('data', (bytes) => far.write(bytes));
    for (const [one, other] of [[near, far] as const, [far, near] as const]) {
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => other.end());
    }
  });
  process.on('message', (order: Order) => {
    if (order.kind === 'lead') [port, pid] = [order.port, order.pid];
    else isArmed = true;
    report('done');
  });
  process.on('disconnect', () => process.exit(0));
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
}

if (process.argv[2] === '--wire') carry();
