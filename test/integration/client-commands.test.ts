/** Commands of the client over one stream, against the daemon's gRPC face with a fake behind it. */
import { describe, expect, it } from 'vitest';
import { err, ok } from '../../src/base/result.js';
import { commandsWaitingMax } from '../../src/client/command-line.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { connect, failureOf } from '../support/connected.js';
import { breakable } from '../support/grpc/breakable.js';
import { callSid, conferenceSid, participant } from '../support/grpc/fake-application.js';
import { eventually, serveFake } from '../support/grpc/served.js';

const { updateParticipant, removeParticipant, getParticipant } = ParticipantService.method;
const who = (digit: string) => ({ conferenceSid, callSid: callSid(digit) });

describe('commands of the client', () => {
  it('each get their own reply, whichever is done first', async () => {
    const served = await serveFake();
    const parley = await connect(served.server.port);
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    served.answers.updateParticipant = async (_account, _sid, call) => {
      if (call === callSid('1')) await released;
      return ok(participant(call, { muted: true }));
    };
    const slow = parley.command(updateParticipant, { ...who('1'), muted: true });
    const quick = await parley.command(updateParticipant, { ...who('2'), muted: true });
    expect(quick.participant).toMatchObject({ callSid: callSid('2'), muted: true });
    release();
    expect((await slow).participant).toMatchObject({ callSid: callSid('1') });
    // The streams of one client are one.
    expect(served.counts.filter((line) => line.startsWith('parley_rpcs_total OK'))).toHaveLength(2);
  });

  it('are rejected as calls are, one by one', async () => {
    const served = await serveFake();
    served.answers.removeParticipant = async () => err({ kind: 'conference-completed' });
    const parley = await connect(served.server.port);
    const [refused, wrong, done] = [
      failureOf(parley.command(removeParticipant, who('1'))),
      failureOf(parley.command(updateParticipant, { ...who('1'), callSid: 'x', muted: true })),
      parley.command(updateParticipant, { ...who('1'), muted: true }),
    ];
    expect(await refused).toMatchObject({
      ...{ status: 'FAILED_PRECONDITION', reason: 'CONFERENCE_COMPLETED', contractCode: 10_000 },
    });
    expect(await wrong).toMatchObject({ status: 'INVALID_ARGUMENT', violations: [{ field: 'call_sid' }] });
    expect((await done).participant?.callSid).toBe(callSid('1'));
  });

  it('of a broken stream are rejected, and the next goes over another', async () => {
    const served = await serveFake();
    const connection = await breakable(served.server.port);
    const parley = await connect(connection.port);
    const { updateParticipant: answer } = served.answers;
    served.answers.updateParticipant = () => new Promise(() => {});
    const lost = failureOf(parley.command(updateParticipant, { ...who('1'), muted: true }));
    await eventually(() => served.asked.length).toBe(1);
    connection.cut();
    expect(await lost).toMatchObject({ status: 'UNAVAILABLE' });
    served.answers.updateParticipant = answer;
    await parley.command(updateParticipant, { ...who('1'), muted: true });
  });

  it('are more than the daemon takes at once, and all done', async () => {
    const served = await serveFake();
    const parley = await connect(served.server.port);
    const muted = Array.from({ length: 2000 }, () => parley.command(updateParticipant, { ...who('1'), muted: true }));
    expect(await Promise.all(muted)).toHaveLength(2000);
  });

  it('wait in no greater number than may, and are none that only look', async () => {
    const served = await serveFake();
    served.answers.updateParticipant = () => new Promise(() => {});
    const connection = await breakable(served.server.port);
    const parley = await connect(connection.port);
    const command = () => failureOf(parley.command(updateParticipant, { ...who('1'), muted: true }));
    const waiting = Array.from({ length: commandsWaitingMax }, command);
    expect(await command()).toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
    expect(() => parley.command(getParticipant, who('1'))).toThrow(TypeError);
    connection.kill();
    await Promise.all(waiting);
  });
});
