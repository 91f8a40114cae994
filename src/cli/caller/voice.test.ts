import { describe, expect, it } from 'vitest';
import { Speech, Tone } from './voice.js';

describe('Speech', () => {
  it('says one thing after another, and then nothing', async () => {
    const speech = new Speech();
    const first = speech.say(Int16Array.of(1, 2, 3));
    const second = speech.say(Int16Array.of(4, 5));
    expect([...(speech.next(4) ?? [])]).toEqual([1, 2, 3, 4]);
    await first.done;
    await second.started;
    expect([...(speech.next(4) ?? [])]).toEqual([5, 0, 0, 0]);
    await second.done;
    expect(speech.next(4)).toBeNull();
  });
});

describe('Tone', () => {
  it('goes on over the edges of frames', () => {
    const whole = new Tone({ hz: 441, amplitude: 9000, rateHz: 8000 }).next(320);
    const parts = new Tone({ hz: 441, amplitude: 9000, rateHz: 8000 });
    expect([...parts.next(160), ...parts.next(160)]).toEqual([...whole]);
  });
});
