/** What the engine tells of a leg that is open, as the control plane hears it. */
import { mediaStops } from '../../media/engine-layout.js';
import type { EngineEvent, LegId } from '../../media/engine-port.js';
import type { EventRecord } from './event-ring.js';

/** Nothing for records that are not about what happens to a leg. REQUIRES: the record is of this life of the slot. */
export function legEvents({ kind, fields }: EventRecord, leg: LegId): readonly EngineEvent[] {
  switch (kind) {
    case 'leg_media_started':
      return [{ kind: 'leg-media-started', leg }];
    case 'leg_media_stopped': {
      const reason = fields.reason === mediaStops.goodbye ? 'goodbye' : 'silent';
      return [{ kind: 'leg-media-stopped', leg, reason, silentMs: Number(fields.silent_ms) }];
    }
    case 'leg_media_resumed':
      return [{ kind: 'leg-media-resumed', leg }];
    case 'leg_speech_started':
      return [{ kind: 'leg-speech-changed', leg, speaking: true }];
    case 'leg_speech_stopped':
      return [{ kind: 'leg-speech-changed', leg, speaking: false }];
    case 'leg_digit': {
      const { digit, duration_ms: durationMs } = fields;
      return [{ kind: 'leg-digit', leg, digit: String.fromCharCode(Number(digit)), durationMs: Number(durationMs) }];
    }
    default:
      return [];
  }
}
