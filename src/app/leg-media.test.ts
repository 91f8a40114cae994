import { describe, expect, it } from 'vitest';
import type { LegMedia } from '../media/engine-port.js';
import type { SecurityPolicy } from '../media/sdp/security.js';
import { shapedMedia } from './leg-media.js';

const media: LegMedia = { transport: 'lane', codec: 'pcmu', rateHz: 8000, jitterMs: 40 };
const security: SecurityPolicy = { suites: [], opportunistic: 'plain' };
const off = { advertisedHost: '192.0.2.1', jitterMs: 40, security };
const gated = { ...off, shaping: { noiseGate: true, automaticGain: false } };

describe('shapedMedia', () => {
  it('is what the dial wishes, and for the rest what is configured', () => {
    expect(shapedMedia(media, {}, off)).toBe(media);
    expect(shapedMedia(media, {}, gated).shaping).toEqual({ noiseGate: true, automaticGain: false });
    expect(shapedMedia(media, { automaticGain: true }, gated).shaping).toEqual({
      noiseGate: true,
      automaticGain: true,
    });
    expect(shapedMedia(media, { noiseGate: false }, gated)).toBe(media);
    expect(shapedMedia(media, { automaticGain: true }, off).shaping).toEqual({
      noiseGate: false,
      automaticGain: true,
    });
  });
});
