/**
 * One CommandService.Issue and the commands on it: numbers them, puts those of a turn of the event loop together, and
 * gives each its result.
 */
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { type ClientDuplexStream, status } from '@grpc/grpc-js';
import {
  type Command,
  CommandSchema,
  CommandService,
  type IssueRequest,
  IssueRequestSchema,
  type IssueResponse,
} from '../gen/parley/v1/command_service_pb.js';
import type { ApiClient } from './api-client.js';
import { ParleyError, parleyErrorOf, toParleyError } from './parley-error.js';

/** Commands whose results have not come; the daemon itself takes 512 at a time, and the others wait here. */
export const commandsWaitingMax = 10_000;
/** What the daemon takes in one message. */
const commandsPerMessageMax = 256;

const lineEnded = new ParleyError({ code: status.UNAVAILABLE, details: 'the stream of commands has ended' });
const tooManyWait = new ParleyError({
  code: status.RESOURCE_EXHAUSTED,
  details: `${commandsWaitingMax} commands wait for their results`,
});

const namesOfCommands = new Set(CommandSchema.oneofs.flatMap(({ fields }) => fields.map(({ localName }) => localName)));

type Waiting = { readonly resolve: (reply: never) => void; readonly reject: (error: ParleyError) => void };

export class CommandLine {
  readonly #stream: ClientDuplexStream<IssueRequest, IssueResponse>;
  readonly #waiting = new Map<bigint, Waiting>();
  #unsent: Command[] = [];
  #isTaken = true;
  #lastId = 0n;
  #failure: ParleyError | null = null;

  constructor(client: ApiClient) {
    this.#stream = client.stream(CommandService.method.issue);
    this.#stream.on('data', ({ results }: IssueResponse) => {
      for (const { id, outcome } of results) {
        const asked = this.#waiting.get(id);
        this.#waiting.delete(id);
        if (outcome.case === 'failure') asked?.reject(parleyErrorOf(outcome.value));
        // It is the reply of the method that was asked for: the field has its name.
        else asked?.resolve(outcome.value as never);
      }
    });
    this.#stream.on('drain', () => {
      this.#isTaken = true;
      this.#flush();
    });
    this.#stream.on('error', (error) => this.#fail(toParleyError(error)));
    this.#stream.on('end', () => this.#fail(lineEnded));
  }

  get isOpen(): boolean {
    return this.#failure === null;
  }

  /** Rejects with a ParleyError; throws a TypeError for a method that no stream carries. */
  command<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>> {
    if (!namesOfCommands.has(method.localName))
      throw new TypeError(`method: ${method.name} is none that changes calls`);
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#waiting.size >= commandsWaitingMax) return Promise.reject(tooManyWait);
    this.#lastId += 1n;
    const id = this.#lastId;
    const value = create(method.input, request);
    this.#unsent.push(create(CommandSchema, { id, request: { case: method.localName, value } as never }));
    if (this.#unsent.length === 1) setImmediate(() => this.#flush());
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  /** What was asked before is answered. */
  close(): void {
    this.#isTaken = true;
    this.#flush();
    this.#stream.end();
  }

  #flush(): void {
    if (this.#failure !== null) return;
    while (this.#isTaken && this.#unsent.length > 0) {
      const commands = this.#unsent.splice(0, commandsPerMessageMax);
      this.#isTaken = this.#stream.write(create(IssueRequestSchema, { commands }));
    }
  }

  #fail(error: ParleyError): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    this.#unsent = [];
  }
}
