import { describe, expect, it } from 'vitest';
import { measureTones } from '../../../test/support/tones.js';
import { RtpCaller } from './rtp-caller.js';
import { Speech, Tone } from './voice.js';

/** Polls, since arrival is the network's business; the deadline is vitest's own. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('RtpCaller', () => {
  it.each(['pcmu', 'pcma'] as const)('hears over %s what another says, at its level and without a gap', async (law) => {
    const speaker = await RtpCaller.open({
      voice: new Tone({ hz: 1004, amplitude: 8000, rateHz: 8000 }),
      laws: [law],
    });
    const listener = await RtpCaller.open({ voice: new Speech(), laws: [law] });
    listener.start(speaker.offer());
    speaker.start(listener.offer());
    await until(() => listener.recording.length >= 3200);
    speaker.close();
    listener.close();
    const [tone] = measureTones(listener.recording.samples(), 8000, [1004]);
    expect(tone?.amplitude).toBeCloseTo(8000, -2.5);
    expect(listener.recording.arrivals()).toMatchObject({ missing: 0, outOfOrder: 0, duplicates: 0 });
  });
});
