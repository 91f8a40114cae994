import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf, join, tellAt } from '../../test/support/callers.js';
import { conferenceAfter } from '../../test/support/conference-script.js';
import { recordingsOf } from '../../test/support/fake-recordings.js';
import { SlowStore } from '../../test/support/fake-store.js';
import { countingRandom, recordingLogger, recordingMetrics } from '../../test/support/silent.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { flavours } from '../base/flavour.js';
import type { StoredConference } from './ports.js';
import { recover } from './recovery.js';

/** A store that was left with two callers in a conference, numbered up to 5. */
class LeftStore extends SlowStore {
  left: readonly StoredConference[] = [];

  override async unfinished(): Promise<readonly StoredConference[]> {
    return this.left;
  }
}

function leftBehind() {
  const store = new LeftStore();
  const settings = { ...tellAt('https://app.example/status'), events: ['end', 'leave'] as const };
  const roomRequest = { statusCallback: settings, maxParticipants: null, region: null, eventCallbackUrl: null };
  const { state } = conferenceAfter(join('A', { roomRequest }), join('B'));
  if (state.phase !== 'in-progress') expect.fail('two are in');
  store.left = [{ state, nextSequence: 6 }];
  const metrics = recordingMetrics();
  const parts = { store, clock: new VirtualClock(), metrics, logger: recordingLogger(), random: countingRandom() };
  const { desk: recordings } = recordingsOf(parts);
  return { ...parts, run: () => recover({ ...parts, recordings, flavourOf: () => flavours.signalwire }) };
}

describe('recover', () => {
  it('ends what was cut off, numbers on, and tells of everybody who left', async () => {
    const { store, run, clock, metrics, logger } = leftBehind();
    expect(await run()).toBe(1);
    expect(store.callbacks.map(({ parameters }) => Object.fromEntries(parameters))).toMatchObject([
      {
        SequenceNumber: '6',
        CallSid: callSidOf('A'),
        ReasonParticipantLeft: 'daemon_restarted',
        CallStatus: 'completed',
      },
      { SequenceNumber: '7', CallSid: callSidOf('B'), ReasonParticipantLeft: 'daemon_restarted' },
      { SequenceNumber: '8', StatusCallbackEvent: 'conference-end', ReasonConferenceEnded: 'daemon-restarted' },
    ]);
    expect(store.commits).toMatchObject([{ nextSequence: 9, before: { phase: 'in-progress' } }]);
    const kept = await store.conference(
      accountSidOf('acc'),
      store.left[0]?.state.conferenceSid ?? conferenceSidOf('?'),
    );
    expect(kept).toMatchObject({ phase: 'completed', endReason: 'daemon-restarted', endedAtMs: clock.now() });
    const kinds = (await store.journal(accountSidOf('acc'), 0n, 10)).entries.map(({ event }) => event.kind);
    expect(kinds).toEqual([
      'participant-left',
      'call-completed',
      'participant-left',
      'call-completed',
      'conference-ended',
    ]);
    expect(metrics.value('parley_conferences_ended_total', { reason: 'daemon-restarted' })).toBe(1);
    expect(logger.lines).toContainEqual({ level: 'warn', event: 'conferences-cut-off' });
  });

  it('does nothing after an orderly end', async () => {
    const { store, run, logger } = leftBehind();
    store.left = [];
    expect(await run()).toBe(0);
    expect([store.commits, logger.lines]).toEqual([[], []]);
  });

  it('fails where it cannot be written', async () => {
    const { store, run } = leftBehind();
    store.isFailing = true;
    await expect(run()).rejects.toThrow(/does not write/);
  });
});
