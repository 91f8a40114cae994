import { describe, expect, it } from 'vitest';
import type { Random } from './ports.js';
import { formatSid, newSid, parseSid } from './sids.js';

const uuid = 'b3877c40-da60-4998-90ad-b792e98472af';
const prefixed = 'CFb3877c40da60499890adb792e98472af';
const filledWith = (byte: number): Random => ({
  bytes: (count) => new Uint8Array(count).fill(byte),
  fraction: () => 0,
});

describe('newSid', () => {
  it('is a version 4 UUID, whatever the bytes', () => {
    expect(newSid('call', filledWith(0x00))).toBe('00000000-0000-4000-8000-000000000000');
    expect(newSid('call', filledWith(0xff))).toBe('ffffffff-ffff-4fff-bfff-ffffffffffff');
    expect(newSid('call', filledWith(0x0a))).toBe('0a0a0a0a-0a0a-4a0a-8a0a-0a0a0a0a0a0a');
  });

  it('can be parsed again', () => {
    const sid = newSid('recording', filledWith(0x5c));
    expect(parseSid('recording', sid)).toBe(sid);
  });
});

describe('parseSid', () => {
  it.each([uuid, uuid.toUpperCase(), prefixed, `CF${prefixed.slice(2).toUpperCase()}`])('reads %s', (text) => {
    expect(parseSid('conference', text)).toBe(uuid);
  });

  it.each([
    '',
    'CF',
    prefixed.slice(2),
    prefixed.replace('CF', 'CA'),
    prefixed.replace('CF', 'cf'),
    `${prefixed}0`,
    prefixed.slice(0, -1),
    `${uuid}0`,
    ` ${uuid}`,
    `${uuid}\n`,
    uuid.replaceAll('-', ''),
    uuid.replace('b', 'g'),
    prefixed.replace('b', 'g'),
  ])('refuses %j', (text) => {
    expect(parseSid('conference', text)).toBeNull();
  });
});

describe('formatSid', () => {
  it.each([
    ['account', 'AC'],
    ['call', 'CA'],
    ['conference', 'CF'],
    ['recording', 'RE'],
  ] as const)('spells a sid of a %s both ways, and each is read back', (kind, prefix) => {
    const sid = parseSid(kind, uuid);
    if (sid === null) throw new Error('a sid');
    expect(formatSid(kind, sid, 'uuid')).toBe(uuid);
    expect(formatSid(kind, sid, 'prefixed')).toBe(`${prefix}b3877c40da60499890adb792e98472af`);
    expect(parseSid(kind, formatSid(kind, sid, 'prefixed'))).toBe(sid);
  });
});
