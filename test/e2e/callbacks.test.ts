import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Speech } from '../../src/cli/caller/voice.js';
import { StatusCallbackEvent } from '../../src/gen/parley/v1/dial_pb.js';
import { type Attributes, Platform } from '../support/platform.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

const signingKey = 'parley-development-signing-key';

let platform: Platform;
let receiver: WebhookReceiver;

beforeAll(async () => {
  platform = await Platform.start();
  receiver = await WebhookReceiver.start({ signingKey });
});
afterAll(async () => {
  await platform.end();
  await receiver.close();
});

describe('status callbacks of a moderated conference', () => {
  it('come signed, in order, with what CONTRACT 3.2 says', async () => {
    const room: Attributes = {
      statusCallback: receiver.url('/status?tenant=7'),
      statusCallbackEvent: [
        StatusCallbackEvent.START,
        StatusCallbackEvent.END,
        StatusCallbackEvent.JOIN,
        StatusCallbackEvent.LEAVE,
        StatusCallbackEvent.MUTE,
        StatusCallbackEvent.HOLD,
      ],
    };
    const phone = { voice: new Speech(), law: 'pcmu' } as const;
    const guest = await platform.dialRtp('board', phone, { ...room, startConferenceOnEnter: false });
    const chair = await platform.dialRtp('board', phone, { endConferenceOnExit: true, participantLabel: 'chair' });
    await platform.update(guest, { muted: true });
    await platform.update(guest, { hold: true, holdUrl: '' });
    await platform.update(guest, { hold: false });
    await platform.hangUp(chair);

    const received = await receiver.waitFor(9);
    expect(received.map(({ parameters }) => parameters.StatusCallbackEvent)).toEqual([
      'participant-join',
      'participant-join',
      'conference-start',
      'participant-mute',
      'participant-hold',
      'participant-unhold',
      'participant-leave',
      'participant-leave',
      'conference-end',
    ]);
    expect(received.every(({ isSigned }) => isSigned)).toBe(true);
    expect(received.map(({ parameters }) => Number(parameters.SequenceNumber))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(received[0]?.path).toBe('/status?tenant=7');
    expect(received[3]?.parameters).toMatchObject({ CallSid: guest.callSid, Muted: 'true', FriendlyName: 'board' });
    expect(received[7]?.parameters).toMatchObject({ ReasonParticipantLeft: 'moderator_ended_conference' });
    expect(received[8]?.parameters).toMatchObject({
      ReasonConferenceEnded: 'participant-with-end-conference-on-exit-left',
      CallSidEndingConference: chair.callSid,
      ParticipantLabelEndingConference: 'chair',
    });
  });
});
