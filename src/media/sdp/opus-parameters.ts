/** What the other side says of its Opus in `a=fmtp` (RFC 7587 §6.1), as far as it governs what is sent to it. */
import type { OpusSending } from '../engine-port.js';

export type OpusChoice = {
  readonly sending: OpusSending;
  /** Of the samples on both ways: what the other side plays or captures, whichever is more. */
  readonly rateHz: number;
};

/** Rates that libopus and the mixer both have. */
const ratesHz = [8000, 16_000, 24_000, 48_000] as const;
const fullRateHz = 48_000;

const bitrateBpsMin = 6000;

/** For one voice, by the highest rate that is heard (RFC 7587 §3.1.1, the upper half of its recommendations). */
const speechBitrates = [
  { playbackRateHz: 12_000, bitrateBps: 16_000 },
  { playbackRateHz: 16_000, bitrateBps: 24_000 },
  { playbackRateHz: fullRateHz, bitrateBps: 32_000 },
] as const;

/** Total: what is missing, out of range or no parameter at all counts as its default. */
export function opusChoice(fmtp: string): OpusChoice {
  const parameters = parametersOf(fmtp);
  const rate = (name: string): number => wholeIn(parameters.get(name), 8000, fullRateHz) ?? fullRateHz;
  const isSet = (name: string): boolean => parameters.get(name) === '1';
  const playbackRateHz = rate('maxplaybackrate');
  const usual = speechBitrates.find((row) => playbackRateHz <= row.playbackRateHz)?.bitrateBps ?? bitrateBpsMin;
  const bitrateBpsMax = wholeIn(parameters.get('maxaveragebitrate'), bitrateBpsMin, 510_000) ?? usual;
  const neededHz = Math.max(playbackRateHz, rate('sprop-maxcapturerate'));
  return {
    sending: {
      bitrateBps: Math.min(usual, bitrateBpsMax),
      playbackRateHz,
      fec: isSet('useinbandfec'),
      dtx: isSet('usedtx'),
      cbr: isSet('cbr'),
    },
    rateHz: ratesHz.find((rateHz) => rateHz >= neededHz) ?? fullRateHz,
  };
}

/** What the answer says of ours: FEC is made use of, two channels are not. */
export const answeredOpusParameters = 'minptime=10;useinbandfec=1';

/** The first of a name counts. */
function parametersOf(fmtp: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const part of fmtp.split(';')) {
    const [name = '', value = ''] = part.split('=', 2).map((text) => text.trim().toLowerCase());
    if (!parameters.has(name)) parameters.set(name, value);
  }
  return parameters;
}

function wholeIn(text: string | undefined, min: number, max: number): number | null {
  if (text === undefined || !/^\d{1,9}$/.test(text)) return null;
  const number = Number(text);
  return number >= min && number <= max ? number : null;
}
