/** What a capture is known by, also after a crash: of which conference it is, and of which recording a track. */
import type { AccountSid, CallSid, ConferenceSid, RecordingSid } from '../../base/brands.js';
import { parseSid } from '../../base/sids.js';

export type TrackMemo = {
  /** The recording that it is a track of. */
  readonly of: RecordingSid;
  /** How many tracks of it were begun before. */
  readonly order: number;
  readonly callSid: CallSid;
  readonly label: string | null;
};

export type CaptureMemo = {
  readonly accountSid: AccountSid;
  readonly conferenceSid: ConferenceSid;
  /** Left out: it is the recording itself. */
  readonly track?: TrackMemo;
};

export const memoText = (memo: CaptureMemo): string => JSON.stringify(memo);

/** Of which recording it is a track; null: of none, it is a recording itself. Total: whatever the text is. */
export function trackOfMemo(memo: string): TrackMemo | null {
  const { of, order, callSid, label } = fieldsOf(fieldsOf(parsed(memo)).track);
  const [recording, call] = [sidIn('recording', of), sidIn('call', callSid)];
  if (recording === null || call === null) return null;
  return {
    of: recording,
    order: typeof order === 'number' ? order : 0,
    callSid: call,
    label: typeof label === 'string' ? label : null,
  };
}

const sidIn = <K extends 'recording' | 'call'>(kind: K, value: unknown) =>
  typeof value === 'string' ? parseSid(kind, value) : null;

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
