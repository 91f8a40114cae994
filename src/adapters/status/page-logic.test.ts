import { describe, expect, it } from 'vitest';
import { EventReader, eventCharactersMax } from './assets/event-reader.js';
import { bridgedMs, Spurts, shownMs } from './assets/spurts.js';
import { durationText, gradeOf, levelText, listed, percentText, shareOfLevel } from './assets/texts.js';
import { eventText } from './event-text.js';

describe('EventReader', () => {
  it('takes apart what the daemon writes, wherever it is cut', () => {
    const levels = eventText('levels', { version: 1, levels: [3], speaking: '1' });
    const text = `${eventText('gone', { sid: 'a: b\n\nc' })}:\n\n${levels}`;
    for (let cut = 0; cut <= text.length; cut += 1) {
      const reader = new EventReader();
      const events = [...reader.read(text.slice(0, cut)), ...reader.read(text.slice(cut))];
      expect(events.map(({ name, data }) => [name, JSON.parse(data)])).toEqual([
        ['gone', { sid: 'a: b\n\nc' }],
        ['levels', { version: 1, levels: [3], speaking: '1' }],
      ]);
    }
  });

  it('keeps no event that never ends', () => {
    const reader = new EventReader();
    expect(reader.read(`data: ${'x'.repeat(eventCharactersMax)}`)).toEqual([]);
    expect(reader.read('\n\ndata: y\n\n')).toEqual([{ name: 'message', data: 'y' }]);
  });
});

describe('Spurts', () => {
  it('joins turns to a stretch, and begins another after a pause', () => {
    const spurts = new Spurts();
    for (const atMs of [1000, 1100, 1200]) spurts.note(atMs, 'speech');
    spurts.note(1300, null);
    spurts.note(1200 + bridgedMs + 1, 'speech');
    expect(spurts.shown(2000).map(({ fromMs, untilMs }) => [fromMs, untilMs])).toEqual([
      [1000, 1200],
      [1801, 1801],
    ]);
    expect(spurts.spokenMs(2000)).toBe(200);
  });

  it('tells muted time from speech', () => {
    const spurts = new Spurts();
    spurts.note(0, 'speech');
    spurts.note(100, 'muted');
    spurts.note(200, 'muted');
    expect(spurts.shown(200).map(({ kind }) => kind)).toEqual(['speech', 'muted']);
    expect(spurts.spokenMs(200)).toBe(0);
  });

  it('forgets what is no longer shown, and cuts what is at its edge', () => {
    const spurts = new Spurts();
    spurts.note(0, 'speech');
    spurts.note(500, 'speech');
    spurts.note(shownMs + 250, null);
    expect(spurts.shown(shownMs + 250)).toEqual([{ kind: 'speech', fromMs: 250, untilMs: 500 }]);
    spurts.note(shownMs + 600, null);
    expect(spurts.shown(shownMs + 600)).toEqual([]);
  });
});

describe('texts', () => {
  it('says levels, shares and times as people read them', () => {
    expect([levelText(0), levelText(23), levelText(60), levelText(127)]).toEqual([
      '0 dB',
      '\u221223 dB',
      'quiet',
      'quiet',
    ]);
    expect([shareOfLevel(0), shareOfLevel(30), shareOfLevel(127)]).toEqual([1, 0.5, 0]);
    expect([percentText(0), percentText(0.0123), percentText(0.5)]).toEqual(['0 %', '1.2 %', '50 %']);
    expect([0, 59_999, 60_000, 3_720_000, 200_000_000].map(durationText)).toEqual([
      '0 s',
      '59 s',
      '1 min',
      '1 h 2 min',
      '2 d',
    ]);
    expect([4.2, 3.7, 3.2, 2].map(gradeOf)).toEqual(['good', 'fair', 'poor', 'bad']);
    expect(listed(['0 % lost', '', 'RTT 3 ms'])).toBe('0\u00a0%\u00a0lost \u00b7 RTT\u00a03\u00a0ms');
  });
});
