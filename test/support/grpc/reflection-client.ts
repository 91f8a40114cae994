/**
 * A client that knows nothing of a server but its address, and goes about it as grpcurl does: asks the reflection
 * service what there is, fetches the files that describe a method, and calls it in JSON. What the reflection service
 * says is read field by field (grpc.reflection.v1, the same bytes in v1alpha), so that its schema is not needed either.
 */
import {
  create,
  createFileRegistry,
  type FileRegistry,
  fromBinary,
  fromJson,
  type JsonValue,
  toBinary,
  toJson,
} from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { type FileDescriptorProto, FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { Client, credentials } from '@grpc/grpc-js';

/** The versions in the order in which clients try them. */
export type ReflectionVersion = 'v1' | 'v1alpha';

/** Field numbers of ServerReflectionRequest. */
const ask = { fileByName: 3, fileContainingSymbol: 4, services: 7 };
/** Field numbers of ServerReflectionResponse. */
const answer = { files: 4, services: 6, error: 7 };

type Fields = readonly (readonly [field: number, bytes: Uint8Array])[];

/** The length-delimited fields of a message; all others are passed over. */
function fieldsOf(message: Uint8Array): Fields {
  const reader = new BinaryReader(message);
  const fields: (readonly [number, Uint8Array])[] = [];
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag();
    if (wireType === WireType.LengthDelimited) fields.push([field, reader.bytes()]);
    else reader.skip(wireType, field);
  }
  return fields;
}

const every = (fields: Fields, wanted: number): readonly Uint8Array[] =>
  fields.filter(([field]) => field === wanted).map(([, bytes]) => bytes);
const asText = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const asIs = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

export class ReflectionClient {
  readonly #client: Client;
  readonly #path: string;

  constructor(address: string, version: ReflectionVersion) {
    this.#client = new Client(address, credentials.createInsecure());
    this.#path = `/grpc.reflection.${version}.ServerReflection/ServerReflectionInfo`;
  }

  close(): void {
    this.#client.close();
  }

  async services(): Promise<readonly string[]> {
    const [list = new Uint8Array()] = every(await this.#reflect(ask.services, '*'), answer.services);
    return every(fieldsOf(list), 1).map((service) => asText(every(fieldsOf(service), 1)[0]));
  }

  /** `method` as typed, `package.Service/Method`; rejects with the status of the call. */
  async call(method: string, request: JsonValue): Promise<JsonValue> {
    const [serviceName = '', methodName] = method.split('/');
    const registry = await this.#describe(serviceName);
    const described = registry.getService(serviceName)?.methods.find(({ name }) => name === methodName);
    if (described === undefined) throw new Error(`the server describes no ${method}`);
    const { input, output } = described;
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        `/${method}`,
        asIs,
        (bytes: Buffer) => toJson(output, fromBinary(output, bytes), { registry }),
        asIs(toBinary(input, fromJson(input, request, { registry }))),
        (error, response) => (error === null && response !== undefined ? resolve(response) : reject(error)),
      );
    });
  }

  /** The file that declares a symbol, and all that it needs. */
  async #describe(symbol: string): Promise<FileRegistry> {
    const files = new Map<string, FileDescriptorProto>();
    const missing = await this.#files(ask.fileContainingSymbol, symbol);
    for (let next = missing.shift(); next !== undefined; next = missing.shift()) {
      files.set(next.name, next);
      const unknown = next.dependency.filter(
        (name) => ![...files.values(), ...missing].some((file) => file.name === name),
      );
      for (const name of unknown) missing.push(...(await this.#files(ask.fileByName, name)));
    }
    return createFileRegistry(create(FileDescriptorSetSchema, { file: inOrder(files) }));
  }

  async #files(field: number, value: string): Promise<FileDescriptorProto[]> {
    const [response = new Uint8Array()] = every(await this.#reflect(field, value), answer.files);
    return every(fieldsOf(response), 1).map((file) => fromBinary(FileDescriptorProtoSchema, file));
  }

  /** One question on a stream of its own. */
  #reflect(field: number, value: string): Promise<Fields> {
    const request = new BinaryWriter().tag(field, WireType.LengthDelimited).string(value).finish();
    const stream = this.#client.makeBidiStreamRequest(this.#path, asIs, (bytes: Buffer) => fieldsOf(bytes));
    return new Promise((resolve, reject) => {
      stream.on('data', (fields: Fields) => {
        const [error] = every(fields, answer.error);
        if (error === undefined) resolve(fields);
        else reject(new Error(`${value}: ${asText(every(fieldsOf(error), 2)[0])}`));
      });
      stream.on('error', reject);
      stream.write(asIs(request));
      stream.end();
    });
  }
}

/** Each file after those it needs. */
function inOrder(files: ReadonlyMap<string, FileDescriptorProto>): FileDescriptorProto[] {
  const ordered = new Map<string, FileDescriptorProto>();
  const place = (file: FileDescriptorProto | undefined): void => {
    if (file === undefined || ordered.has(file.name)) return;
    for (const name of file.dependency) place(files.get(name));
    ordered.set(file.name, file);
  };
  for (const file of files.values()) place(file);
  return [...ordered.values()];
}
