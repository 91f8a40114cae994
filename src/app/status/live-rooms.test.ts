import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf } from '../../../test/support/callers.js';
import { accountSid, parleyOf, value } from '../../../test/support/parley-script.js';

const stranger = accountSidOf('other');

describe('liveRooms', () => {
  it('shows conferences that live, and of an account its own', async () => {
    const { parley, dial } = parleyOf();
    const { conferenceSid } = await dial('A');
    const [conference] = parley.live.conferences(accountSid);
    expect(conference?.conferenceSid).toBe(conferenceSid);
    expect(parley.live.conferences(null)).toEqual([conference]);
    expect(parley.live.conferences(stranger)).toEqual([]);
    expect(parley.live.conference(stranger, conferenceSid)).toBeNull();
    expect(parley.live.ownerOf(conferenceSid)).toBe(accountSid);
    expect(parley.live.leg(accountSid, callSidOf('A'))?.media.codec).toBe('linear16');
    expect(parley.live.leg(stranger, callSidOf('A'))).toBeNull();
    await parley.endConference(accountSid, conferenceSid);
    expect(parley.live.conferences(null)).toEqual([]);
    expect([parley.live.ownerOf(conferenceSid), parley.live.conference(accountSid, conferenceSid)]).toEqual([
      null,
      null,
    ]);
    expect(parley.live.leg(accountSid, callSidOf('A'))).toBeNull();
  });

  it('gives the same object while nothing changes', async () => {
    const { parley, dial } = parleyOf();
    const { conferenceSid } = await dial('A');
    const before = parley.live.conference(accountSid, conferenceSid);
    expect(parley.live.conference(accountSid, conferenceSid)).toBe(before);
    await dial('B');
    expect(parley.live.conference(accountSid, conferenceSid)).not.toBe(before);
  });

  it('says whether the conference is recorded', async () => {
    const { parley, dial } = parleyOf();
    const { conferenceSid } = await dial('A');
    await dial('B');
    expect(parley.live.recording(accountSid, conferenceSid)).toBe('none');
    const { sid } = value(await parley.startRecording(accountSid, conferenceSid, {}));
    expect(parley.live.recording(accountSid, conferenceSid)).toBe('in-progress');
    value(await parley.updateRecording(accountSid, sid, { kind: 'pause', behavior: 'silence' }));
    expect(parley.live.recording(accountSid, conferenceSid)).toBe('paused');
    value(await parley.updateRecording(accountSid, sid, { kind: 'stop' }));
    expect(parley.live.recording(accountSid, conferenceSid)).toBe('none');
    expect(parley.live.recording(stranger, conferenceSid)).toBe('none');
  });
});
