/**
 * A collector of traces: takes OTLP over HTTP, in protobuf, and reads it by the numbers of opentelemetry-proto, with
 * nothing of the SDK that wrote it.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { BinaryReader } from '@bufbuild/protobuf/wire';

type Attributes = Readonly<Record<string, string | number | boolean>>;

export type CollectedSpan = {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it is the first of its trace. */
  readonly parentId: string;
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client';
  readonly attributes: Attributes;
  readonly startMs: number;
  readonly endMs: number;
  /** Null: nothing went wrong. */
  readonly failure: string | null;
  /** Of whoever recorded it. */
  readonly resource: Attributes;
};

export class TraceCollector {
  readonly spans: CollectedSpan[] = [];
  readonly requests: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly bytes: Buffer }[] = [];
  /** What it answers with. */
  status = 200;
  readonly #server: Server;
  #waiting: { readonly names: readonly string[]; readonly resolve: () => void }[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<TraceCollector> {
    const server = createServer((request, response) => {
      void buffer(request).then((bytes) => {
        collector.requests.push({ path: request.url ?? '', headers: request.headers, bytes });
        if (collector.status === 200) collector.#take(bytes);
        response.writeHead(collector.status, { 'content-type': 'application/x-protobuf' }).end();
      });
    });
    const collector = new TraceCollector(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return collector;
  }

  get endpoint(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** Resolves once it has a span of each of the names, in as many as they are there. */
  async waitFor(...names: readonly string[]): Promise<readonly CollectedSpan[]> {
    if (!this.#has(names)) await new Promise<void>((resolve) => this.#waiting.push({ names, resolve }));
    return this.spans;
  }

  named(name: string): CollectedSpan {
    const found = this.spans.find((span) => span.name === name);
    if (found === undefined) throw new Error(`no span is called ${name}`);
    return found;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #has(names: readonly string[]): boolean {
    const left = this.spans.map(({ name }) => name);
    return names.every((name) => {
      const at = left.indexOf(name);
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    });
  }

  #take(bytes: Uint8Array): void {
    this.spans.push(...spansIn(bytes));
    const done = this.#waiting.filter(({ names }) => this.#has(names));
    this.#waiting = this.#waiting.filter((each) => !done.includes(each));
    for (const { resolve } of done) resolve();
  }
}

type Fields = ReadonlyMap<number, readonly (Uint8Array | bigint)[]>;

/** Of one message; numbers of any width are bits. */
function fieldsOf(bytes: Uint8Array): Fields {
  const fields = new Map<number, (Uint8Array | bigint)[]>();
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [number, type] = reader.tag();
    const value =
      type === 2
        ? reader.bytes()
        : BigInt(type === 1 ? reader.fixed64() : type === 5 ? reader.fixed32() : reader.uint64());
    fields.set(number, [...(fields.get(number) ?? []), value]);
  }
  return fields;
}

const all = (fields: Fields, number: number): readonly Uint8Array[] =>
  (fields.get(number) ?? []).filter((value) => typeof value !== 'bigint');
const one = (fields: Fields, number: number): Uint8Array => all(fields, number)[0] ?? new Uint8Array();
const bits = (fields: Fields, number: number): bigint => {
  const [value = 0n] = fields.get(number) ?? [];
  return typeof value === 'bigint' ? value : 0n;
};
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

const spansIn = (request: Uint8Array): readonly CollectedSpan[] =>
  all(fieldsOf(request), 1).flatMap((bytes) => {
    const ofResource = fieldsOf(bytes);
    const resource = attributesOf(all(fieldsOf(one(ofResource, 1)), 1));
    return all(ofResource, 2).flatMap((scope) =>
      all(fieldsOf(scope), 2).map((span) => spanOf(fieldsOf(span), resource)),
    );
  });

function spanOf(span: Fields, resource: Attributes): CollectedSpan {
  const status = fieldsOf(one(span, 15));
  return {
    traceId: hex(one(span, 1)),
    spanId: hex(one(span, 2)),
    parentId: hex(one(span, 4)),
    name: text(one(span, 5)),
    kind: (['internal', 'internal', 'server', 'client'] as const)[Number(bits(span, 6))] ?? 'internal',
    startMs: Number(bits(span, 7) / 1_000_000n),
    endMs: Number(bits(span, 8) / 1_000_000n),
    attributes: attributesOf(all(span, 9)),
    failure: bits(status, 3) === 2n ? text(one(status, 2)) : null,
    resource,
  };
}

function attributesOf(pairs: readonly Uint8Array[]): Attributes {
  const entries = pairs.map((bytes) => {
    const [pair] = [fieldsOf(bytes)];
    const value = fieldsOf(one(pair, 2));
    const said = value.has(1) ? text(one(value, 1)) : value.has(2) ? bits(value, 2) === 1n : Number(bits(value, 3));
    return [text(one(pair, 1)), said] as const;
  });
  return Object.fromEntries(entries);
}
