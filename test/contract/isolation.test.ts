/**
 * One account never sees or hears what is another's (DESIGN §5.8): the streams of gRPC, and names that two accounts
 * have alike. Every other method is tried in tenancy.test.ts.
 */
import { createRegistry, toJson } from '@bufbuild/protobuf';
import { Metadata } from '@grpc/grpc-js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGrpcServer } from '../../src/adapters/grpc/server.js';
import { systemClock } from '../../src/adapters/system/clock.js';
import { BadRequestSchema, ErrorInfoSchema } from '../../src/gen/google/rpc/error_details_pb.js';
import { CommandService } from '../../src/gen/parley/v1/command_service_pb.js';
import { EventService } from '../../src/gen/parley/v1/event_service_pb.js';
import { MediaService } from '../../src/gen/parley/v1/media_service_pb.js';
import { accountSidOf, callSidOf } from '../support/callers.js';
import { GrpcClient, reader } from '../support/grpc/grpc-client.js';
import { accountSid, parleyOf, value } from '../support/parley-script.js';
import { recordingLogger, recordingMetrics } from '../support/silent.js';

const other = accountSidOf('other');

/** Of what failures say in detail. */
const registry = createRegistry(BadRequestSchema, ErrorInfoSchema);

/** An account with a conference of two, which is recorded, and another. */
async function served() {
  const world = parleyOf();
  const { parley, dial } = world;
  await dial('A', { label: 'secret-label' });
  const { conferenceSid, callSid } = await dial('B');
  const { sid: recordingSid } = value(await parley.startRecording(accountSid, conferenceSid, {}));
  const server = await startGrpcServer({
    application: parley,
    accounts: (authorization) => (authorization === 'Bearer ours' ? accountSid : other),
    clock: systemClock,
    logger: recordingLogger(),
    metrics: recordingMetrics(),
    address: '127.0.0.1:0',
  });
  const as = (token: string): GrpcClient => {
    const metadata = new Metadata();
    metadata.set('authorization', `Bearer ${token}`);
    const client = new GrpcClient(server.port, metadata);
    onTestFinished(() => client.close());
    return client;
  };
  onTestFinished(() => server.stop(0));
  return { ...world, conferenceSid, callSid, recordingSid, stranger: as('theirs'), owner: as('ours') };
}

describe('over gRPC, what is of another account', () => {
  it('is no event of its stream, from the first that is kept', async () => {
    const { parley, request, stranger, owner, conferenceSid, callSid, recordingSid } = await served();
    const mine = value(await parley.dial({ ...request('C'), accountSid: other }));
    const eventsOf = async (client: GrpcClient, last: string): Promise<string> => {
      const events = reader(client.serverStream(EventService.method.watchEvents, { cursor: 0n }));
      let seen = '';
      while (!seen.includes(last)) {
        const event = (await events.next()) ?? expect.fail('the stream goes on');
        seen += JSON.stringify(toJson(EventService.method.watchEvents.output, event));
      }
      return seen;
    };
    const theirs = await eventsOf(stranger, mine.callSid);
    for (const secret of [conferenceSid, callSid, recordingSid, accountSid, 'secret-label']) {
      expect(theirs).not.toContain(secret);
    }
    // What is hidden is there.
    expect(await eventsOf(owner, callSid)).toContain('secret-label');
  });

  it('has rooms, calls and labels of the same name that are others', async () => {
    const { parley, request, conferenceSid } = await served();
    const { conference } = request('A');
    const labelled = { ...conference, label: 'secret-label' };
    const mine = value(await parley.dial({ ...request('A'), conference: labelled, accountSid: other }));
    expect(mine.callSid).toBe(callSidOf('A'));
    expect(mine.conferenceSid).not.toBe(conferenceSid);
    expect(await parley.callLabelled(other, conferenceSid, 'secret-label')).toBeNull();
    value(await parley.hangUp(other, mine.callSid));
    value(await parley.participant(accountSid, conferenceSid, callSidOf('A')));
    expect(value(parley.call(accountSid, callSidOf('A'))).status).toBe('in-progress');
  });

  it('is not heard by whoever names its call, as if there were none', async () => {
    const { stranger, owner, callSid } = await served();
    const attached = async (client: GrpcClient, sid: string): Promise<string> => {
      const stream = client.duplex(MediaService.method.stream);
      stream.on('error', () => {});
      stream.write({ message: { case: 'attach', value: { leg: 1, callSid: sid } } });
      const answer = (await reader(stream).next()) ?? expect.fail('the stream goes on');
      stream.cancel();
      return JSON.stringify(toJson(MediaService.method.stream.output, answer)).replaceAll(sid, 'sid');
    };
    const theirs = await attached(stranger, callSid);
    expect(theirs).toContain('legError');
    expect(theirs).toBe(await attached(stranger, callSidOf('none')));
    expect(await attached(owner, callSid)).toContain('attached');
  });

  it('is commanded over no stream by whoever names it, as if there were none', async () => {
    const { stranger, owner, conferenceSid, callSid, parley } = await served();
    const muted = async (client: GrpcClient, sid: string): Promise<string> => {
      const stream = client.duplex(CommandService.method.issue);
      const request = { conferenceSid, callSid: sid, muted: true };
      stream.write({ commands: [{ id: 1n, request: { case: 'updateParticipant', value: request } }] });
      const answer = (await reader(stream).next()) ?? expect.fail('the stream goes on');
      stream.end();
      return JSON.stringify(toJson(CommandService.method.issue.output, answer, { registry })).replaceAll(sid, 'sid');
    };
    const theirs = await muted(stranger, callSid);
    expect(theirs).toContain('failure');
    expect(theirs).toBe(await muted(stranger, callSidOf('none')));
    expect(value(await parley.participant(accountSid, conferenceSid, callSid)).muted).toBe(false);
    expect(await muted(owner, callSid)).toContain('updateParticipant');
  });
});
