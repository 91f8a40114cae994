import { describe, expect, it } from 'vitest';
import { accountSidOf, callSidOf, conferenceSidOf, join, tellAt } from '../../test/support/callers.js';
import { conferenceAfter } from '../../test/support/conference-script.js';
import { FakeEngine } from '../../test/support/fake-engine.js';
import { recordingsOf } from '../../test/support/fake-recordings.js';
import { SlowStore } from '../../test/support/fake-store.js';
import { countingRandom, recordingLogger, recordingMetrics } from '../../test/support/silent.js';
import { VirtualClock } from '../../test/support/virtual-clock.js';
import { flavours } from '../base/flavour.js';
import { noWishes } from './originations/call-wishes.js';
import { answered, initiated, isOver, type Origination } from './originations/origination.js';
import type { StoredConference } from './ports.js';
import { recover } from './recovery.js';

/** A store that was left with two callers in a conference, numbered up to 5. */
class LeftStore extends SlowStore {
  left: readonly StoredConference[] = [];
  open: readonly Origination[] = [];

  override async unfinished(): Promise<readonly StoredConference[]> {
    return this.left;
  }

  override async openOriginations(): Promise<readonly Origination[]> {
    return this.open;
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
  const { desk: recordings } = recordingsOf({ ...parts, engine: new FakeEngine() });
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

  it('ends calls that were being made as failed, and those that were answered as over, numbers on', async () => {
    const { store, run, clock, metrics, logger } = leftBehind();
    store.left = [];
    const { newConferenceSid: conferenceSid, call, kind: _, callSid: __, ...dial } = join('A');
    const request = {
      ...{ accountSid: accountSidOf('acc'), conferenceSid, call, conference: dial, jitterBufferSize: null },
      ...{ callerId: null, earlyMedia: true, timeoutSeconds: 60, wishes: noWishes },
      statusCallback: { url: 'https://app.example/call', method: 'POST', events: ['completed'] } as const,
    };
    const [waiting, answeredOne] = ['A', 'B'].map((name) => {
      const origination = initiated({ ...request, callSid: callSidOf(name) }, clock.now(), flavours.signalwire);
      return origination.origination;
    });
    if (waiting === undefined || answeredOne === undefined) expect.fail('two were made');
    store.open = [waiting, answered(answeredOne, clock.now(), flavours.signalwire).origination];
    await clock.advance(9000);
    await run();
    expect(store.callbacks.map(({ id, parameters }) => [id, parameters.get('CallStatus')])).toEqual([
      [`${callSidOf('A')}-call-1`, 'failed'],
      [`${callSidOf('B')}-call-2`, 'completed'],
    ]);
    expect(store.callbacks[1]?.parameters.get('CallDuration')).toBe('9');
    expect(store.originations.map(isOver)).toEqual([true, true]);
    expect(metrics.value('parley_originations_total', { outcome: 'failed' })).toBe(1);
    expect(logger.lines).toContainEqual({ level: 'warn', event: 'calls-cut-off' });
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
