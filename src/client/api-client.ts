/** A client of parley.v1 over grpc-js, typed by the generated descriptors: one function for each shape of method. */
import {
  create,
  type DescMessage,
  type DescMethodBiDiStreaming,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  Client,
  type ClientDuplexStream,
  type ClientReadableStream,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';

/** A daemon that does not answer within this is not going to. */
const deadlineMs = 10_000;

type Path = { readonly parent: { readonly typeName: string }; readonly name: string };
const pathOf = (method: Path): string => `/${method.parent.typeName}/${method.name}`;

const writer =
  <I extends DescMessage>(schema: I) =>
  (message: MessageShape<I>): Buffer => {
    const bytes = toBinary(schema, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
const reader =
  <O extends DescMessage>(schema: O) =>
  (bytes: Buffer): MessageShape<O> =>
    fromBinary(schema, bytes);

export class ApiClient {
  readonly #client: Client;
  readonly #metadata = new Metadata();

  /** `address` is host:port; `token` null where the daemon asks for none. `channel` left out: in clear text. */
  constructor(address: string, token: string | null, channel = credentials.createInsecure()) {
    this.#client = new Client(address, channel);
    if (token !== null) this.#metadata.set('authorization', `Bearer ${token}`);
  }

  /** Rejects with grpc-js's ServiceError: status in `code`, rich details in `metadata`. */
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        pathOf(method),
        writer(method.input),
        reader(method.output),
        create(method.input, request),
        this.#metadata,
        { deadline: Date.now() + deadlineMs },
        (error: ServiceError | null, response?: MessageShape<O>) => {
          if (error !== null) reject(error);
          else if (response !== undefined) resolve(response);
        },
      );
    });
  }

  watch<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
  ): ClientReadableStream<MessageShape<O>> {
    return this.#client.makeServerStreamRequest(
      pathOf(method),
      writer(method.input),
      reader(method.output),
      create(method.input, request),
      this.#metadata,
    );
  }

  stream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodBiDiStreaming<I, O>,
  ): ClientDuplexStream<MessageShape<I>, MessageShape<O>> {
    return this.#client.makeBidiStreamRequest(
      pathOf(method),
      writer(method.input),
      reader(method.output),
      this.#metadata,
    );
  }

  close(): void {
    this.#client.close();
  }
}
