/** Why a `<Dial>` came to nothing, by the error dictionary (CONTRACT §11). */
import type { Finding } from '../../cxml/finding.js';
import type { Refusal } from '../application.js';

type Known = Partial<Readonly<Record<Refusal['kind'], readonly [code: number, message: string]>>>;

const known: Known = {
  'conference-full': [16_020, 'the conference is full'],
  'label-in-use': [16_025, 'another participant has the label'],
  'already-joined': [16_026, 'the call is in the conference'],
  'coach-target-missing': [13_240, 'the call to coach is not in this conference, or it has not started'],
  'coach-self': [13_240, 'a call cannot coach itself'],
  'coach-target-on-hold': [16_027, 'the call to coach is on hold'],
  'account-limit': [16_021, 'the account has as many conferences as it may'],
  'engine-full': [16_030, 'the engine has no place for it'],
  'engine-unavailable': [16_030, 'the engine is gone'],
  'queue-full': [16_021, 'too many commands wait for the conference'],
  'store-unavailable': [16_030, 'the store does not write'],
};

/** `where`: the `<Dial>`. */
export function findingOfRefusal({ kind }: Refusal, where: string): Finding {
  const [code, message] = known[kind] ?? [16_099, 'it could not be added'];
  return { code, level: 'error', where: `${where}/Conference`, message: `${message}: the dial fails`, keepsOut: true };
}
