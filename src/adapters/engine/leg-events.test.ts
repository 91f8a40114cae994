import { describe, expect, it } from 'vitest';
import type { LegId } from '../../media/engine-port.js';
import { legEvents } from './leg-events.js';

const leg = '0.1.2' as LegId;
const told = (kind: string, fields = {}) => legEvents({ kind, leg: 1, generation: 2, fields }, leg);

describe('legEvents', () => {
  it('tells of media, speech and keys', () => {
    expect(told('leg_media_started', { ssrc: 1 })).toEqual([{ kind: 'leg-media-started', leg }]);
    expect(told('leg_media_stopped', { reason: 0, silent_ms: 5010 })).toEqual([
      { kind: 'leg-media-stopped', leg, reason: 'silent', silentMs: 5010 },
    ]);
    expect(told('leg_media_stopped', { reason: 1, silent_ms: 20 })).toEqual([
      { kind: 'leg-media-stopped', leg, reason: 'goodbye', silentMs: 20 },
    ]);
    expect(told('leg_media_resumed')).toEqual([{ kind: 'leg-media-resumed', leg }]);
    expect(told('leg_speech_started', { level_dbov: 26 })).toEqual([
      { kind: 'leg-speech-changed', leg, speaking: true },
    ]);
    expect(told('leg_speech_stopped')).toEqual([{ kind: 'leg-speech-changed', leg, speaking: false }]);
    expect(told('leg_digit', { digit: 0x23, duration_ms: 140 })).toEqual([
      { kind: 'leg-digit', leg, digit: '#', durationMs: 140 },
    ]);
  });

  it('knows no other kind', () => {
    expect(told('leg_closed')).toEqual([]);
    expect(told('batch_applied', { batch: 1 })).toEqual([]);
  });
});
