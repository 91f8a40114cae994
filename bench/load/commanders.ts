/**
 * Ways to give a daemon commands, that cost this side as little as they can: it shares the machine with what is
 * measured. A request is an UpdateParticipantRequest, coded.
 */
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import {
  CommandResultSchema,
  CommandSchema,
  CommandService,
  IssueRequestSchema,
  IssueResponseSchema,
} from '../../src/gen/parley/v1/command_service_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import type { Target } from './target.js';

/** A reply that has not come by then never will. */
export const deadlineMs = 10_000;
const connections = 4;
/** That a message may hold. */
const commandsPerMessageMax = 256;

export type Commander = {
  /** `onAnswer` is called once, or not at all when the stream breaks. */
  readonly send: (request: Uint8Array, onAnswer: (isDone: boolean) => void) => void;
  /** What was said since the last time leaves now, at the latest. */
  readonly flush: () => void;
  readonly close: () => void;
};

export type CommanderKind = 'calls' | 'stream';

const pathOf = ({ parent, name }: { readonly parent: { readonly typeName: string }; readonly name: string }) =>
  `/${parent.typeName}/${name}`;

const same = (bytes: Buffer): Buffer => bytes;

function metadataOf({ token }: Target): Metadata {
  const metadata = new Metadata();
  if (token !== null) metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

// Each with a connection of its own.
const connect = ({ grpcAddress }: Target): Client =>
  new Client(grpcAddress, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });

/** A call for each. */
function byCalls(target: Target): Commander {
  const clients = Array.from({ length: connections }, () => connect(target));
  const metadata = metadataOf(target);
  const path = pathOf(ParticipantService.method.updateParticipant);
  let sent = 0;
  return {
    send: (request, onAnswer) => {
      sent += 1;
      clients[sent % connections]?.makeUnaryRequest(
        path,
        same,
        same,
        Buffer.from(request),
        metadata,
        { deadline: Date.now() + deadlineMs },
        (error: ServiceError | null) => onAnswer(error === null),
      );
    },
    flush: () => {},
    close: () => {
      for (const client of clients) client.close();
    },
  };
}

const { id: idOfCommand, updateParticipant: requestOfCommand } = CommandSchema.field;
const { id: idOfResult, failure: failureOfResult } = CommandResultSchema.field;

/** Messages are put together and taken apart by hand: a client that looks into results pays for that itself. */
function byStream(target: Target): Commander {
  const client = connect(target);
  const stream = client.makeBidiStreamRequest(pathOf(CommandService.method.issue), same, same, metadataOf(target));
  const waiting = new Map<number, (isDone: boolean) => void>();
  let sent = 0;
  let [message, held] = [new BinaryWriter(), 0];
  const flush = (): void => {
    if (held === 0) return;
    stream.write(Buffer.from(message.finish()));
    [message, held] = [new BinaryWriter(), 0];
  };
  const answered = (result: BinaryReader): void => {
    const end = result.uint32() + result.pos;
    let [id, isDone] = [0, true];
    while (result.pos < end) {
      const [field, type] = result.tag();
      if (field === idOfResult.number) {
        id = Number(result.uint64());
        continue;
      }
      if (field === failureOfResult.number) isDone = false;
      result.skip(type, field);
    }
    waiting.get(id)?.(isDone);
    waiting.delete(id);
  };
  stream.on('data', (bytes: Buffer) => {
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const [field, type] = reader.tag();
      if (field === IssueResponseSchema.field.results.number) answered(reader);
      else reader.skip(type, field);
    }
  });
  // What waits is never answered, and counts as failed.
  stream.on('error', () => {});
  return {
    send: (request, onAnswer) => {
      sent += 1;
      waiting.set(sent, onAnswer);
      message.tag(IssueRequestSchema.field.commands.number, WireType.LengthDelimited).fork();
      message.tag(idOfCommand.number, WireType.Varint).uint64(sent);
      message.tag(requestOfCommand.number, WireType.LengthDelimited).bytes(request).join();
      held += 1;
      if (held === commandsPerMessageMax) flush();
    },
    flush,
    close: () => {
      stream.end();
      client.close();
    },
  };
}

export const commanders: Readonly<Record<CommanderKind, (target: Target) => Commander>> = {
  calls: byCalls,
  stream: byStream,
};
export const commanderKinds = Object.keys(commanders) as readonly CommanderKind[];
