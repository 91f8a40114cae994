/**
 * CommandService.Issue: commands of one client over one stream. Each is carried out as a call of its method would be:
 * same handler, same limits, same audit; only the call is saved, which costs more than most commands.
 */
import type { DescMethod, MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { Metrics } from '../../app/metrics.js';
import type { RequestLimits } from '../../app/requests/request-limits.js';
import { assert } from '../../base/assert.js';
import type { Cancel, Clock } from '../../base/ports.js';
import { err, ok, type Result } from '../../base/result.js';
import { parseTraceparent, type Trace } from '../../base/trace.js';
import {
  type Command,
  type CommandResultSchema,
  CommandSchema,
  type CommandService,
  type IssueRequest,
} from '../../gen/parley/v1/command_service_pb.js';
import { type Failure, invalidArgument, statusMessage } from './failure.js';
import type { Outgoing } from './outgoing.js';
import { countCall } from './rpc-metrics.js';
import type { CallSpan } from './rpc-spans.js';
import {
  type CallContext,
  carryOut,
  type DuplexSession,
  type HandlersOf,
  type Incoming,
  type Method,
  type Reply,
  type ServiceHost,
  type UnaryHandler,
} from './service-definition.js';
import { tooMany, tooManyAtOnce } from './too-many.js';

export const commandsPerMessageMax = 256;
/** Of one stream, those included whose results wait for the client. */
export const commandsUnderWayMax = 512;
/** The longest results, of dials, are some KiB each. */
const resultsPerMessageMax = 64;

type CommandResult = MessageInitShape<typeof CommandResultSchema>;
type Carried = Result<Reply<Method>, Failure>;
type Carrier = readonly [DescMethod, UnaryHandler<Method>];

export type CommandParts = {
  readonly host: Pick<ServiceHost, 'logger' | 'auditing' | 'spans'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Null: everybody may ask as much as he likes. */
  readonly limits: RequestLimits | null;
  /** By the name of the command. */
  readonly methods: ReadonlyMap<string, Carrier>;
};

const tooManyInOne: Failure = invalidArgument(
  [{ field: 'commands', description: `takes at most ${commandsPerMessageMax} commands` }],
  null,
);

const nothingAsked = err<Failure>(
  invalidArgument([{ field: 'request', description: 'must be one of those this version has' }], null),
);

/** Of all that a stream may carry, the methods among `unary`. */
export function commandMethods(unary: readonly Carrier[]): CommandParts['methods'] {
  return new Map(
    CommandSchema.oneofs.flatMap(({ fields }) =>
      fields.map((field): [string, Carrier] => {
        const found = unary.find(([{ input }]) => input.typeName === field.message?.typeName);
        assert(found !== undefined, `a command is a unary method: ${field.name}`);
        return [field.localName, found];
      }),
    ),
  );
}

const traceIn = ({ traceparent }: Command): Trace | null => (traceparent === '' ? null : parseTraceparent(traceparent));

export const commandHandlers = (parts: CommandParts): HandlersOf<typeof CommandService> => ({
  issue: (context, outgoing, fail, incoming) => new CommandStream(parts, context, outgoing, fail, incoming),
});

class CommandStream implements DuplexSession<IssueRequest> {
  readonly #parts: CommandParts;
  readonly #context: CallContext;
  readonly #outgoing: Outgoing<{ readonly results: CommandResult[] }>;
  readonly #fail: (failure: Failure) => void;
  readonly #incoming: Incoming;
  /** Refusals that are answered late. */
  readonly #postponed = new Set<Cancel>();
  #results: CommandResult[] = [];
  #underWay = 0;
  #isFinishing = false;
  #onAnswered = (): void => {};

  constructor(
    parts: CommandParts,
    { accountSid, signal, caller }: CallContext,
    outgoing: Outgoing<{ readonly results: CommandResult[] }>,
    fail: (failure: Failure) => void,
    incoming: Incoming,
  ) {
    this.#parts = parts;
    // The digest of the token is made once.
    this.#context = { accountSid, signal, caller, trace: null };
    this.#outgoing = outgoing;
    this.#fail = fail;
    this.#incoming = incoming;
    outgoing.onReady(() => this.#write());
  }

  receive({ commands }: IssueRequest): void {
    if (commands.length > commandsPerMessageMax) {
      this.#fail(tooManyInOne);
      return;
    }
    this.#underWay += commands.length;
    for (const command of commands) void this.#answer(command);
    if (!this.#hasRoom()) this.#incoming.pause();
  }

  async finish(): Promise<void> {
    this.#isFinishing = true;
    this.#incoming.pause();
    if (this.#underWay > 0) {
      await new Promise<void>((resolve) => {
        this.#onAnswered = resolve;
      });
    }
    await this.#outgoing.taken();
  }

  close(): void {
    for (const cancel of this.#postponed) cancel();
    this.#postponed.clear();
  }

  #hasRoom(): boolean {
    return this.#underWay + commandsPerMessageMax <= commandsUnderWayMax;
  }

  async #answer(command: Command): Promise<void> {
    const { clock, metrics } = this.#parts;
    const startedMs = clock.monotonic();
    const span = this.#spanOf(command);
    const carried = await this.#admit(command, span?.trace ?? traceIn(command));
    const code = carried.ok ? status.OK : carried.error.code;
    span?.end(code, this.#context.accountSid);
    countCall(metrics, code, this.#context.accountSid, (clock.monotonic() - startedMs) / 1000);
    const outcome = carried.ok
      ? // The table ties each reply to its command; a loop over names cannot express that.
        ({ case: command.request.case, value: carried.value } as never)
      : ({ case: 'failure', value: statusMessage(carried.error) } as const);
    this.#results.push({ id: command.id, outcome });
    // What one commit of the store has answered goes back in one message.
    if (this.#results.length === 1) setImmediate(() => this.#write());
  }

  /** A command takes its place among the requests of the account as a call does. */
  async #admit(command: Command, trace: Trace | null): Promise<Carried> {
    const { limits } = this.#parts;
    const { accountSid } = this.#context;
    if (limits === null) return this.#carryOut(command, trace);
    const refused = limits.ofAccount('grpc', accountSid);
    if (refused !== null) {
      if (refused.answerAfterMs > 0) await this.#postponedBy(refused.answerAfterMs);
      return err(tooMany(refused));
    }
    const full = limits.begin(accountSid, 'calls');
    if (full !== null) return err(tooManyAtOnce(full));
    return this.#carryOut(command, trace).finally(() => limits.end(accountSid, 'calls'));
  }

  #spanOf(command: Command): CallSpan | null {
    const { spans = null } = this.#parts.host;
    const found = spans === null ? null : this.#methodOf(command);
    return spans === null || found === null ? null : spans.begin(found[0], command.traceparent);
  }

  #methodOf({ request }: Command): Carrier | null {
    return request.case === undefined ? null : (this.#parts.methods.get(request.case) ?? null);
  }

  async #carryOut(command: Command, trace: Trace | null): Promise<Carried> {
    const { request } = command;
    const found = this.#methodOf(command);
    if (found === null || request.value === undefined) return nothingAsked;
    const [method, handler] = found;
    return carryOut(this.#parts.host, method, handler, ok(request.value), { ...this.#context, trace });
  }

  #postponedBy(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(ms, () => {
        this.#postponed.delete(cancel);
        resolve();
      });
      this.#postponed.add(cancel);
    });
  }

  /** While the client does not read, results wait here, and no more commands are taken than there is room for. */
  #write(): void {
    if (!this.#outgoing.isReady()) return;
    const results = this.#results;
    this.#results = [];
    for (let first = 0; first < results.length; first += resultsPerMessageMax) {
      this.#outgoing.write({ results: results.slice(first, first + resultsPerMessageMax) });
    }
    this.#underWay -= results.length;
    if (this.#hasRoom() && !this.#isFinishing) this.#incoming.resume();
    if (this.#underWay === 0) this.#onAnswered();
  }
}
