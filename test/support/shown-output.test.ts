import { describe, expect, it } from 'vitest';
import { outputFault } from './shown-output.js';

describe('outputFault', () => {
  const json = (shown: unknown, printed: unknown) =>
    outputFault({ language: 'json', text: JSON.stringify(shown) }, JSON.stringify(printed));

  it('takes other sids, numbers and keys, but not other words, kinds or fewer of them', () => {
    const shown = { sid: '0-1', status: 'IN_PROGRESS', parties: [{ muted: false, seconds: 3 }] };
    expect(json(shown, { ...shown, sid: 'x y', more: 1, parties: [{ muted: false, seconds: 9 }, {}] })).toBeNull();
    expect(json(shown, { ...shown, status: 'COMPLETED' })).toBe('.status is COMPLETED, not IN_PROGRESS');
    expect(json(shown, { ...shown, sid: 3 })).toBe('.sid is a number, not a string');
    expect(json(shown, { ...shown, parties: [] })).toBe('.parties has 0 items, not 1');
    expect(json(shown, { ...shown, parties: [{ muted: true, seconds: 3 }] })).toBe('.parties[0].muted is true');
    expect(json(shown, { sid: '' })).toBe('.status is missing');
  });

  it('takes the first of values that are written a line each', () => {
    const shown = { language: 'json', text: '{ "event": "listening" }' };
    expect(outputFault(shown, '{"event":"listening"}\n{"event":"called"}\n')).toBeNull();
    expect(outputFault(shown, '{"event":"called"}\n{"event":"listening"}\n')).toBe('.event is called, not listening');
  });

  it('wants something printed where something is shown', () => {
    expect(outputFault({ language: 'json', text: '{}' }, '')).toContain('SyntaxError');
    expect(outputFault({ language: 'text', text: 'a line\n' }, '')).toBe('nothing like: a line');
  });

  it('takes other digits in lines, and other lines between', () => {
    const shown = { language: 'text', text: 'up  3 of 4\n{"sid":"b3877c40-da60-4998-90ad-b792e98472af"}\nlast …\n' };
    const printed = 'first\nup 12 of 90\nmore\n{"sid":"de000000-0000-4000-8000-00000000000f"}\nlast of all\n';
    expect(outputFault(shown, printed)).toBeNull();
    expect(outputFault(shown, printed.replace('up', 'down'))).toBe('nothing like: up  3 of 4');
    expect(outputFault({ language: 'text', text: 'b\na\n' }, 'a\nb\n')).toBe('nothing like: a');
  });
});
