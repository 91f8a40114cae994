/** Shape of a `participantLabel` (CONTRACT §1.2); that it is unique in its room is a rule of joining. */
import { err, ok, type Result } from '../base/result.js';
import { parseSid } from '../base/sids.js';

export const labelCharactersMax = 128;

/** Why a text cannot be a label: 16023 or 16024 in CONTRACT §11. */
export type LabelFault = 'empty' | 'too-long' | 'contains-slash' | 'looks-like-call-sid';

/**
 * A label names its participant in REST paths beside call sids: so it is not empty, holds no `/` and reads as no call
 * sid in either spelling. Characters are counted as code points; nothing is trimmed or cut.
 */
export function parseLabel(text: string): Result<string, LabelFault> {
  if (text === '') return err('empty');
  if ([...text].length > labelCharactersMax) return err('too-long');
  if (text.includes('/')) return err('contains-slash');
  if (parseSid('call', text) !== null) return err('looks-like-call-sid');
  return ok(text);
}
