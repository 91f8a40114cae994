/** The client against the daemon's gRPC faces, with a fake behind them: the wire and what goes wrong on it are real. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { bearerToken } from '../../src/adapters/grpc/authentication.js';
import type { DialRequest } from '../../src/app/application.js';
import { err, ok } from '../../src/base/result.js';
import { type Call, Parley, parseWav, wavBytes } from '../../src/client/index.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import { TestAuthority } from '../support/certificates.js';
import { connect, failureOf } from '../support/connected.js';
import { breakable } from '../support/grpc/breakable.js';
import { accountA, callSid } from '../support/grpc/fake-application.js';
import { FakeLane } from '../support/grpc/fake-lane.js';
import { eventually, type Served, serveFake } from '../support/grpc/served.js';
import { TestIdentity } from '../support/tls.js';

const folder = mkdtempSync(join(tmpdir(), 'parley-client-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Every call's lane is this one, of L16. */
function withLane(served: Served, rateHz = 16_000) {
  const lane = new FakeLane();
  const dialled: DialRequest[] = [];
  const { dial } = served.answers;
  served.answers.dial = (request) => {
    dialled.push(request);
    return dial(request);
  };
  served.answers.attachMedia = (_account, sid) =>
    ok({ callSid: sid, codec: 'linear16', rateHz, frameBytes: rateHz / 25, lane: () => lane });
  /** The leg hears 20 ms, all samples of this value. */
  const hear = (value: number, voice = false): void => {
    const frame = new Uint8Array(new Int16Array(rateHz / 50).fill(value).buffer);
    if (voice) lane.voiced.add(frame);
    lane.heard.push(frame);
  };
  return { lane, dialled, hear };
}

async function joined(options: Partial<Parameters<Parley['join']>[0]> = {}, rateHz = 16_000) {
  const served = await serveFake();
  const connection = await breakable(served.server.port);
  const parley = await connect(connection.port);
  const fake = withLane(served, rateHz);
  const call = await parley.join({ room: 'Room 1234', ...options });
  return { served, connection, parley, call, ...fake };
}

describe('connecting', () => {
  it('says that nobody is there, in time', async () => {
    // A port that nobody else will have: its owner does not answer.
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as { port: number };
    const failure = await failureOf(Parley.connect({ address: `127.0.0.1:${port}`, deadlineMs: 300 }));
    expect(failure.status).toBe('UNAVAILABLE');
  });

  it('takes TLS, with a certificate of its own', async () => {
    const authority = new TestAuthority(folder);
    const [server, operator] = [authority.issue('server'), authority.issue('operator')];
    const served = await serveFake({ tls: new TestIdentity(server, authority.file) });
    const tls = { ca: authority.file, cert: operator.cert, key: readFileSync(operator.key) };
    const address = `localhost:${served.server.port}`;
    await using parley = await Parley.connect({ address, tls });
    await parley.api.call(CallService.method.getCall, { callSid: callSid('1') });
    const plain = await failureOf(Parley.connect({ address, deadlineMs: 500 }));
    expect(plain.status).toBe('UNAVAILABLE');
    await expect(Parley.connect({ address, tls: { ca: authority.file, cert: operator.cert } })).rejects.toThrow(
      'tls: cert and key, or neither',
    );
  });

  it('is refused with a token that is not known', async () => {
    const accounts = (authorization: string | null) => (bearerToken(authorization) === 'alpha' ? accountA : null);
    const served = await serveFake({ accounts });
    const right = await connect(served.server.port, { token: 'alpha' });
    expect(await right.conferences()).toHaveLength(1);
    const wrong = await connect(served.server.port, { token: 'beta' });
    expect((await failureOf(wrong.conferences())).status).toBe('UNAUTHENTICATED');
    expect((await failureOf(wrong.join({ room: 'a' }))).status).toBe('UNAUTHENTICATED');
    expect((await failureOf(wrong.watch().next())).status).toBe('UNAUTHENTICATED');
  });
});

describe('what the daemon refuses', () => {
  it('names the fields at fault', async () => {
    const { parley } = await joined();
    const failure = await failureOf(parley.join({ room: ' ' }));
    expect(failure).toMatchObject({ status: 'INVALID_ARGUMENT', contractCode: 13237 });
    expect(failure.violations.map(({ field }) => field)).toEqual(['dial.conference.room_name']);
    expect(failure.message).toContain('dial.conference.room_name');
  });

  it('has a reason and the code that documents have', async () => {
    const { served, parley } = await joined();
    served.answers.dial = async () => err({ kind: 'label-in-use', label: 'bot' });
    const failure = await failureOf(parley.join({ room: 'a', label: 'bot' }));
    expect(failure).toMatchObject({ status: 'ALREADY_EXISTS', reason: 'LABEL_IN_USE', contractCode: 16025 });
  });

  it('is told after the deadline when it does not come', async () => {
    const { served, parley } = await joined();
    served.answers.conference = () => new Promise(() => {});
    const asked = parley.api.call(CallService.method.getCall, { callSid: callSid('1') }, { deadlineMs: 10_000 });
    await asked;
    served.answers.conferences = () => new Promise(() => {});
    // Long enough to connect within, on a busy machine too.
    const impatient = await connect(served.server.port, { deadlineMs: 3000 });
    expect((await failureOf(impatient.conferences())).status).toBe('DEADLINE_EXCEEDED');
  });

  it('hangs up a call whose media is refused', async () => {
    const { served, parley } = await joined();
    const hungUp: string[] = [];
    const { hangUp } = served.answers;
    served.answers.hangUp = (account, sid, ...rest) => {
      hungUp.push(sid);
      return hangUp(account, sid, ...rest);
    };
    served.answers.attachMedia = () => err({ kind: 'media-attached-elsewhere', callSid: callSid('3') });
    const failure = await failureOf(parley.join({ room: 'a', callSid: callSid('3') }));
    expect(failure.reason).toBe('MEDIA_ATTACHED_ELSEWHERE');
    expect(hungUp).toEqual([callSid('3')]);
  });
});

describe('a call', () => {
  it('joins as it was told, and hears', async () => {
    const { call, dialled, hear } = await joined({ label: 'bot', attributes: { muted: true } });
    expect(dialled[0]).toMatchObject({ conference: { room: 'Room 1234', label: 'bot', muted: true, beep: 'false' } });
    const frames = call.heard();
    hear(5);
    hear(6, true);
    const [first, second] = [await frames.next(), await frames.next()];
    expect([first.value.samples[0], first.value.voice, first.value.missing]).toEqual([5, false, 0]);
    expect([second.value.samples[319], second.value.voice]).toEqual([6, true]);
  });

  it('says what it plays, as fast as the daemon hears and no faster', async () => {
    const { call, lane, hear } = await joined();
    const done = call.play({ rateHz: 16_000, samples: new Int16Array(30 * 320).fill(1) });
    await eventually(() => lane.ahead.length).toBe(10);
    for (let frame = 0; frame < 30; frame += 1) {
      lane.play(1);
      hear(0);
      await eventually(() => lane.heard.length).toBe(0);
    }
    expect(await done).toEqual({ interrupted: false, playedMs: 600, underruns: 0 });
  });

  it('is silent as soon as somebody speaks, and says how much was heard', async () => {
    const { call, lane, hear } = await joined();
    const done = call.play({ rateHz: 16_000, samples: new Int16Array(100 * 320).fill(1) }, { bargeIn: true });
    await eventually(() => lane.ahead.length).toBe(10);
    lane.play(4);
    hear(0);
    hear(0, true);
    const { interrupted, playedMs } = await done;
    expect(lane.ahead).toHaveLength(0);
    expect(interrupted).toBe(true);
    expect(playedMs).toBe(80);
    // What is not to be interrupted is not.
    const stubborn = call.play({ rateHz: 16_000, samples: new Int16Array(2 * 320).fill(1) });
    hear(0, true);
    await eventually(() => lane.ahead.length).toBe(2);
    lane.play(2);
    expect(await stubborn).toMatchObject({ interrupted: false });
  });

  it('takes the rate of its file, or the next that the daemon has', async () => {
    const file = (rateHz: number): string => {
      const path = join(folder, `${rateHz}.wav`);
      writeFileSync(path, wavBytes({ rateHz, samples: new Int16Array(rateHz / 10).fill(100) }));
      return path;
    };
    const { parley, dialled } = await joined({}, 24_000);
    const call = await parley.join({ room: 'a', from: file(22_050) });
    expect(call.rateHz).toBe(24_000);
    expect(dialled.at(-1)).toMatchObject({ media: { kind: 'grpc', rateHz: 24_000 } });
    expect((await parley.join({ room: 'a', from: file(44_100) })).rateHz).toBe(48_000);
    await expect(parley.join({ room: 'a', from: join(folder, 'none.wav') })).rejects.toThrow('ENOENT');
    writeFileSync(join(folder, 'odd.wav'), 'no sound');
    await expect(parley.join({ room: 'a', from: join(folder, 'odd.wav') })).rejects.toThrow('is no WAV file');
    const wrongRate = { room: 'a', rateHz: 11_025 as never };
    await expect(parley.join(wrongRate)).rejects.toThrow('rateHz: 8000, 16000, 24000 or 48000');
  });

  it('writes what it hears to a file, gaps as silence', async () => {
    const { call, hear } = await joined();
    const path = join(folder, 'heard.wav');
    const saved = call.saveHeard(path);
    const seen = call.heard();
    for (let value = 1; value <= 61; value += 1) hear(value);
    for await (const { samples } of seen) if (samples[0] === 61) break;
    await call.close();
    await saved;
    const { rateHz, samples } = parseWav(readFileSync(path), path);
    expect([rateHz, samples.length, samples[0], samples.at(-1)]).toEqual([16_000, 61 * 320, 1, 61]);
  });

  it('gives what it hears as a stream of bytes, and leaves no reader behind', async () => {
    const { call, hear } = await joined();
    const stream = call.heardStream();
    hear(258);
    for await (const bytes of stream) {
      expect([...bytes.subarray(0, 2)]).toEqual([2, 1]);
      break;
    }
    await eventually(() => call.readers).toBe(0);
  });

  it('ends with the daemon in the middle, for all who wait', async () => {
    const { call, lane, connection } = await joined();
    const playing = call.play({ rateHz: 16_000, samples: new Int16Array(100 * 320) });
    const hearing = failureOf(call.heard().next());
    const turning = failureOf(call.turns().next());
    const ended = failureOf(call.ended);
    await eventually(() => lane.ahead.length).toBe(10);
    connection.kill();
    for (const failure of await Promise.all([hearing, turning, ended])) expect(failure.status).toBe('UNAVAILABLE');
    expect(await playing).toMatchObject({ interrupted: true });
    // Nothing comes of asking more of it.
    expect(await call.play({ rateHz: 16_000, samples: new Int16Array(320) })).toMatchObject({ interrupted: true });
  });

  it('is followed by another on a new stream when the old one broke', async () => {
    const { parley, call, connection, hear } = await joined();
    connection.cut();
    await failureOf(call.ended);
    const next = await parley.join({ room: 'a' });
    const frames = next.heard();
    hear(7);
    expect((await frames.next()).value.samples[0]).toBe(7);
  });

  it('hangs up when it is closed, once, and lets its media go', async () => {
    const { served, call } = await joined();
    const seen: string[] = [];
    served.answers.detachMedia = () => seen.push('detached');
    const { hangUp } = served.answers;
    served.answers.hangUp = (account, sid, ...rest) => {
      seen.push('hung up');
      return hangUp(account, sid, ...rest);
    };
    const ending = call.ended;
    await Promise.all([call.close(), call.close()]);
    await ending;
    await eventually(() => [...seen].sort()).toEqual(['detached', 'hung up']);
    expect((await call.heard().next()).done).toBe(true);
  });
});

describe('commands', () => {
  it('reach the conference and its calls', async () => {
    const { served, call, parley } = await joined();
    const asked: unknown[] = [];
    const { updateParticipant, removeParticipant, endConference, startRecording } = served.answers;
    Object.assign(served.answers, {
      updateParticipant: (...[account, sid, who, changes]: Parameters<typeof updateParticipant>) => {
        asked.push(changes);
        return updateParticipant(account, sid, who, changes);
      },
      removeParticipant: (...args: Parameters<typeof removeParticipant>) => {
        asked.push('removed');
        return removeParticipant(...args);
      },
      endConference: (...args: Parameters<typeof endConference>) => {
        asked.push('ended');
        return endConference(...args);
      },
      startRecording: (...args: Parameters<typeof startRecording>) => {
        asked.push('recorded');
        return startRecording(...args);
      },
    });
    const conference: Call['conference'] = call.conference;
    await call.mute();
    await conference.hold(callSid('2'));
    await conference.kick(callSid('2'));
    await (await conference.record()).stop();
    await (await parley.find('Room 1234'))?.end();
    expect(asked).toMatchObject([{ muted: true }, { hold: expect.anything() }, 'removed', 'recorded', 'ended']);
    expect(await conference.participants()).toHaveLength(2);
    expect((await conference.state())?.roomName).toBe('Room 1234');
  });
});
