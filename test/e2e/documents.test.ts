/** Calls that run documents of the vendors' builders, heard: CONTRACT §2.3 with sockets, engine and web server. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CallStatus } from '../../src/gen/parley/v1/call_pb.js';
import { ParticipantService } from '../../src/gen/parley/v1/participant_service_pb.js';
import { DocumentCallers, hears } from '../support/document-callers.js';
import { builders } from '../support/documents.js';
import { until } from '../support/waiting.js';

const xml = { 'content-type': 'text/xml' };

let callers: DocumentCallers;

beforeAll(async () => {
  callers = await DocumentCallers.start();
});
afterAll(() => callers.end());

describe.each(Object.entries(builders))('documents of %s', (name, build) => {
  it('bring two callers together, part them, and bring them together again elsewhere', async () => {
    const first = build();
    first.dial({ action: '/done', method: 'GET' }).conference({ beep: false, waitUrl: '' }, `first of ${name}`);
    const second = build();
    second.dial().conference({ beep: false, waitUrl: '' }, `second of ${name}`);
    const [toFirst, toSecond] = [first, second].map((document) => ({
      status: 200,
      headers: xml,
      body: document.toString(),
    }));
    if (toFirst === undefined || toSecond === undefined) throw new Error('two documents were built');

    const { receiver, platform } = callers;
    const before = receiver.received.length;
    receiver.answerNext(toFirst, toFirst);
    const ana = await callers.call('ana', '/voice');
    const ben = await callers.call('ben', '/voice');
    expect(ben.conferenceSid).toBe(ana.conferenceSid);
    expect(ana.warnings).toEqual([]);
    await until(async () => hears(ana, 'ben') && hears(ben, 'ana'));

    receiver.answerNext(toSecond, toSecond);
    for (const { callSid, conferenceSid } of [ana, ben]) {
      await platform.client.call(ParticipantService.method.removeParticipant, { callSid, conferenceSid });
    }
    const asked = (await receiver.waitFor(before + 4)).slice(before);
    expect(asked.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual([
      'POST /voice',
      'POST /voice',
      'GET /done',
      'GET /done',
    ]);
    expect(asked.every(({ isSigned, repeatedNames }) => isSigned && repeatedNames.length === 0)).toBe(true);
    const ofAna = asked.find(({ path, parameters }) => path.startsWith('/done') && parameters.CallSid === ana.callSid);
    expect(ofAna?.parameters).toMatchObject({
      CallStatus: 'in-progress',
      DialCallStatus: 'answered',
      DialCallDuration: expect.stringMatching(/^\d+$/),
    });
    await until(async () => {
      const [a, b] = [await callers.conferenceOf(ana), await callers.conferenceOf(ben)];
      return a === b && a !== ana.conferenceSid;
    });
    const silentUntil = { ana: ana.recording.length, ben: ben.recording.length };
    await until(
      async () =>
        ana.recording.length > silentUntil.ana + 1600 &&
        ben.recording.length > silentUntil.ben + 1600 &&
        hears(ana, 'ben') &&
        hears(ben, 'ana'),
    );

    for (const { callSid } of [ana, ben]) await platform.hangUp({ callSid });
    expect(await callers.statusOf(ana)).toBe(CallStatus.COMPLETED);
  });
});
