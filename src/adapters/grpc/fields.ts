/** Readers of single fields: each gives the typed value, or reports to the findings and gives null. */
import { parseSid, type SidKind } from '../../base/sids.js';
import { absoluteUrl } from '../../callbacks/resolve-url.js';
import { type HttpMethod, urlCharactersMax } from '../../conference/state.js';
import { HttpMethod as WireMethod } from '../../gen/parley/v1/web_pb.js';
import type { Findings } from './findings.js';

const sidPrefixes: Readonly<Record<SidKind, string>> = { account: 'AC', call: 'CA', conference: 'CF', recording: 'RE' };

export function readSid<K extends SidKind>(
  kind: K,
  text: string,
  field: string,
  findings: Findings,
): ReturnType<typeof parseSid<K>> {
  const sid = parseSid(kind, text);
  if (sid === null) {
    findings.violate(
      field,
      text === '' ? 'is required' : `must be a UUID, or ${sidPrefixes[kind]} and 32 hexadecimal digits`,
    );
  }
  return sid;
}

/** Keys that can be sent at once. */
const digitsMax = 64;

/** The keys, letters of theirs in capitals; `w` and `W` are different waits. */
export function readDigits(text: string, field: string, findings: Findings): string | null {
  if (text === '') findings.violate(field, 'is required');
  else if (!/^[0-9*#A-Da-dwW]+$/.test(text)) findings.violate(field, 'must be of 0-9, *, #, A-D, w and W alone');
  else if (text.length > digitsMax) findings.violate(field, `must have at most ${digitsMax} characters`);
  else return text.replace(/[a-d]/g, (letter) => letter.toUpperCase());
  return null;
}

export function readUrl(text: string, field: string, contractCode: number, findings: Findings): string | null {
  const url = absoluteUrl(text);
  if (url === null) {
    findings.violate(
      field,
      `must be an absolute http or https URL of at most ${urlCharactersMax} characters`,
      contractCode,
    );
  }
  return url;
}

/** Null when the number has no name in this version. */
function parseMethod(method: WireMethod, unspecified: HttpMethod): HttpMethod | null {
  switch (method) {
    case WireMethod.UNSPECIFIED:
      return unspecified;
    case WireMethod.GET:
      return 'GET';
    case WireMethod.POST:
      return 'POST';
    default:
      return null;
  }
}

export function readMethod(
  method: WireMethod,
  unspecified: HttpMethod,
  field: string,
  contractCode: number,
  findings: Findings,
): HttpMethod | null {
  const read = parseMethod(method, unspecified);
  if (read === null) findings.violate(field, 'must be GET or POST', contractCode);
  return read;
}
