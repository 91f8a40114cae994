/** A typed `<Conference>`: what it says is read as in a document, and what is wrong with it is told by field. */
import { absoluteUrl } from '../../callbacks/resolve-url.js';
import { type ConferenceNoun, readConferenceNoun as readNoun } from '../../cxml/conference-noun.js';
import type { Finding } from '../../cxml/finding.js';
import type { Dial_Conference } from '../../gen/parley/v1/dial_pb.js';
import type { Findings } from './findings.js';
import { conferenceSaid, fieldOf } from './said-attributes.js';
import { coachTargetMissing } from './status.js';

/** Null when the request must be refused; the findings say why. `path` is where the message sits in its request. */
export function readConferenceNoun(noun: Dial_Conference, path: string, findings: Findings): ConferenceNoun | null {
  const found: Finding[] = [];
  const at = (attribute: string | null): string => `${path}.${fieldOf(attribute ?? 'roomName')}`;
  const read = readNoun(noun.roomName, conferenceSaid(noun), { resolveUrl: absoluteUrl, at, findings: found });
  for (const finding of found) report(finding, findings);
  return read.ok ? read.value : null;
}

/** A document would let the call go on to its next verb; who dials one room is told at once that it cannot be. */
function report({ code, where, message, keepsOut }: Finding, findings: Findings): void {
  if (!keepsOut) findings.warn(code, where, message);
  else if (code === coachTargetMissing.contractCode) {
    findings.refuse({ ...coachTargetMissing, violations: [{ field: where, description: message }] });
  } else findings.violate(where, message, code);
}
