/**
 * A process that asks of a server, for one account, so many requests a second over gRPC and as many over REST, whether
 * or not it keeps up: looks, lists, changes of what is not there, dials with callbacks, dials with documents. Begins
 * and ends when it is told to, says what came of it, and leaves nothing behind.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { create, type DescMethod, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Client, type ClientUnaryCall, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { Pool } from 'undici';
import { MediaEncoding } from '../../src/gen/parley/v1/call_pb.js';
import { CallService, DialResponseSchema } from '../../src/gen/parley/v1/call_service_pb.js';
import { ConferenceService } from '../../src/gen/parley/v1/conference_service_pb.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';

/** Who is flooded. */
export type Target = {
  readonly grpcAddress: string;
  readonly restOrigin: string;
};

export type Attack = Target & {
  readonly accountSid: string;
  readonly token: string;
  /** Of each face. */
  readonly perSecond: number;
  /** Where callbacks go to, and documents come from. */
  readonly web: string;
};

export type Attacked = {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Requests of each face that were due. */
  readonly due: number;
  /** By what came of them: the status of gRPC, or of HTTP; `unsent`: so many had no answer that it was left. */
  readonly grpc: Readonly<Record<string, number>>;
  readonly rest: Readonly<Record<string, number>>;
};

const grpcConnections = 8;
const restConnections = 128;
/** Requests without an answer, of each face. */
const openMax = 4000;
const deadlineMs = 20_000;
const turnMs = 5;

type Counts = Record<string, number>;
const count = (counts: Counts, what: string): void => {
  counts[what] = (counts[what] ?? 0) + 1;
};

type Request = { readonly path: string; readonly bytes: Buffer };

const request = <M extends DescMethod>(method: M, message: MessageInitShape<M['input']>): Request => ({
  path: `/${method.parent.typeName}/${method.name}`,
  bytes: Buffer.from(toBinary(method.input, create<M['input']>(method.input, message))),
});

/** Coded once: the client is to cost as little as it can. */
function grpcRequests({ web }: Attack): readonly Request[] {
  const media = { case: 'grpc', value: { encoding: MediaEncoding.PCMU, sampleRateHz: 8000 } } as const;
  const statusCallbackEvent = [StatusCallbackEvent.JOIN, StatusCallbackEvent.LEAVE];
  const conference = { roomName: 'flood', waitUrl: '', statusCallback: `${web}/status`, statusCallbackEvent };
  const look = request(CallService.method.getCall, { callSid: '00000000-0000-4000-8000-00000000ffff' });
  const list = request(ConferenceService.method.listConferences, {});
  const dial = request(CallService.method.dial, { instruction: { case: 'dial', value: { conference } }, media });
  const document = { url: `${web}/document` };
  const fetched = request(CallService.method.dial, { instruction: { case: 'documentUrl', value: document }, media });
  return [look, dial, look, fetched, list, dial, look, fetched];
}

class Attacker {
  readonly #attack: Attack;
  readonly #clients: readonly Client[];
  readonly #metadata = new Metadata();
  readonly #pool: Pool;
  readonly #calls = new Set<ClientUnaryCall>();
  #restOpen = 0;
  readonly #counts: { readonly grpc: Counts; readonly rest: Counts } = { grpc: {}, rest: {} };

  constructor(attack: Attack) {
    this.#attack = attack;
    this.#clients = Array.from(
      { length: grpcConnections },
      () => new Client(attack.grpcAddress, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 }),
    );
    this.#metadata.set('authorization', `Bearer ${attack.token}`);
    this.#pool = new Pool(attack.restOrigin, { connections: restConnections, pipelining: 1 });
  }

  async run(isOver: AbortSignal): Promise<Attacked> {
    const { perSecond } = this.#attack;
    const requests = grpcRequests(this.#attack);
    const startedMs = performance.now();
    const cpuBefore = process.cpuUsage();
    let sent = 0;
    for (; !isOver.aborted; await sleep(turnMs)) {
      const due = Math.floor(((performance.now() - startedMs) * perSecond) / 1000);
      for (; sent < due; sent += 1) {
        const next = requests[sent % requests.length];
        if (next !== undefined) this.#grpc(next, sent);
        this.#rest(sent);
      }
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    const seconds = (performance.now() - startedMs) / 1000;
    const { grpc, rest } = this.#counts;
    return { seconds, cpuSeconds: (user + system) / 1e6, due: sent, grpc: { ...grpc }, rest: { ...rest } };
  }

  /** What has no answer yet is given up. */
  async close(): Promise<void> {
    for (const call of this.#calls) call.cancel();
    for (const client of this.#clients) client.close();
    await this.#pool.destroy();
  }

  #grpc({ path, bytes }: Request, number: number): void {
    const { grpc } = this.#counts;
    if (this.#calls.size >= openMax) {
      count(grpc, 'unsent');
      return;
    }
    const same = (buffer: Buffer): Buffer => buffer;
    const call = this.#clients[number % grpcConnections]?.makeUnaryRequest(
      ...[path, same, same, bytes, this.#metadata, { deadline: Date.now() + deadlineMs }],
      (error: ServiceError | null, reply?: Buffer) => {
        if (call !== undefined) this.#calls.delete(call);
        count(grpc, error === null ? 'OK' : (status[error.code] ?? '?'));
        if (reply !== undefined && path.endsWith('/Dial')) this.#hangUp(fromBinary(DialResponseSchema, reply).callSid);
      },
    );
    if (call !== undefined) this.#calls.add(call);
  }

  /** One more request, which may be refused as any other. */
  #hangUp(callSid: string): void {
    this.#grpc(request(CallService.method.updateCall, { callSid, update: { case: 'hangUp', value: {} } }), 0);
  }

  #rest(number: number): void {
    const { rest } = this.#counts;
    if (this.#restOpen >= openMax) {
      count(rest, 'unsent');
      return;
    }
    this.#restOpen += 1;
    const { accountSid, token } = this.#attack;
    const account = `/2010-04-01/Accounts/${accountSid}`;
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `Basic ${Buffer.from(`${accountSid}:${token}`).toString('base64')}`,
    };
    const asked =
      number % 2 === 0
        ? this.#pool.request({ path: `${account}/Conferences.json`, method: 'GET', headers })
        : this.#pool.request({ path: `${account}/Calls/CAx.json`, method: 'POST', headers, body: 'Status=completed' });
    asked
      .then(async ({ statusCode, body }) => {
        await body.dump();
        count(rest, String(statusCode));
      })
      .catch(() => count(rest, 'failed'))
      .finally(() => {
        this.#restOpen -= 1;
      });
  }
}

process.on('disconnect', () => process.exit(0));
let isOver = new AbortController();
process.on('message', async (order: Attack | 'end') => {
  if (order === 'end') {
    isOver.abort();
    return;
  }
  isOver = new AbortController();
  const attacker = new Attacker(order);
  process.send?.(await attacker.run(isOver.signal));
  await attacker.close();
});
