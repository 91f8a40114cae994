import { describe, expect, it } from 'vitest';
import { realOffers } from '../../../test/support/sdp-offers.js';
import { countingRandom } from '../../../test/support/silent.js';
import type { LegMedia } from '../../media/engine-port.js';
import type { SecurityPolicy } from '../../media/sdp/security.js';
import { negotiateRtp, settingsForDial, shapedMedia } from './leg-media.js';

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

describe('the jitter buffer of a call', () => {
  const begin = (settings: typeof off) => {
    const negotiated = negotiateRtp(realOffers[0] ?? '', settings, countingRandom(), null);
    return negotiated.ok ? negotiated.value.media : expect.fail('a carrier is understood');
  };

  it.each([
    ['off', 0],
    ['small', 20],
    ['medium', 40],
    ['large', 60],
  ] as const)('%s begins with %i ms', (size, jitterMs) => {
    expect(begin(settingsForDial({ ...off, jitterMs: 99 }, size)).jitterMs).toBe(jitterMs);
  });

  it('is as configured when the dial says nothing of it', () => {
    expect(begin(settingsForDial({ ...off, jitterMs: 99 }, undefined)).jitterMs).toBe(99);
  });

  it('stays what it was when a new offer comes', () => {
    const before = begin(settingsForDial(off, 'large'));
    const after = negotiateRtp(realOffers[0] ?? '', off, countingRandom(), before);
    expect(after.ok && after.value.media.jitterMs).toBe(60);
  });
});
