import { describe, expect, it } from 'vitest';
import { parseRoomName } from './room-name.js';

describe('parseRoomName', () => {
  it('trims the indentation of a document and keeps what is inside', () => {
    expect(parseRoomName('\n  Room  1234\t\n')).toBe('Room  1234');
  });

  it('keeps the case', () => {
    expect(parseRoomName('room')).not.toBe(parseRoomName('Room'));
  });

  it.each([
    ['', null],
    [' \n\t ', null],
    ['x', 'x'],
    ['x'.repeat(128), 'x'.repeat(128)],
    ['x'.repeat(129), null],
    [` ${'x'.repeat(128)} `, 'x'.repeat(128)],
  ])('reads %j as %j', (text, expected) => {
    expect(parseRoomName(text)).toBe(expected);
  });

  it('counts characters, not UTF-16 units', () => {
    expect(parseRoomName('😀'.repeat(128))).toBe('😀'.repeat(128));
    expect(parseRoomName('😀'.repeat(129))).toBeNull();
  });
});
