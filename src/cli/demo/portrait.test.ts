import { describe, expect, it } from 'vitest';
import { textWidth } from '../draw/png.js';
import { portrait } from './portrait.js';

describe('portrait', () => {
  it('keeps every label inside the picture and beside its line', () => {
    const marks = [
      { atMs: 0, text: 'Ana enters' },
      { atMs: 15_000, text: 'Ben is muted' },
      { atMs: 30_000, text: 'Mona hangs up, and everybody goes home' },
    ];
    const { width, shapes } = portrait({ marks, utterances: [], recordings: [], arrivals: new Map() }, 'a title');
    const labels = shapes.flatMap((shape) =>
      shape.kind === 'text' && marks.some(({ text }) => text === shape.text)
        ? [{ left: shape.x, right: shape.x + textWidth(shape.text, shape.size) }]
        : [],
    );
    expect(labels).toHaveLength(marks.length);
    for (const { left, right } of labels) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(width);
    }
  });
});
