/**
 * Attributes of `<Dial>` and `<Conference>`: what cannot be used is reported as a warning with the code of CONTRACT §11
 * and the default is taken, as in a document (§1.2).
 */
import type { HttpMethod, WaitAudio } from '../../conference/state.js';
import { RecordingStatusCallbackEvent, RecordingTrim } from '../../gen/parley/v1/dial_pb.js';
import type { HttpMethod as WireMethod } from '../../gen/parley/v1/web_pb.js';
import { parseMethod, parseUrl } from './fields.js';
import type { Findings } from './findings.js';

const methodCode = 13221;

export function methodAttribute(
  method: WireMethod,
  field: string,
  findings: Findings,
  code: number = methodCode,
): HttpMethod {
  const read = parseMethod(method, 'POST');
  if (read === null) findings.warn(code, field, 'not GET or POST: taken as POST');
  return read ?? 'POST';
}

/** Null when left out, empty, or no URL. */
export function urlAttribute(text: string | undefined, field: string, code: number, findings: Findings): string | null {
  if (text === undefined || text.trim() === '') return null;
  const url = parseUrl(text);
  if (url === null) findings.warn(code, field, 'not an absolute http or https URL: taken as left out');
  return url;
}

/** `waitUrl` and `waitMethod` (CONTRACT §5). */
export function waitAttribute(
  text: string | undefined,
  method: WireMethod,
  fields: { readonly url: string; readonly method: string },
  findings: Findings,
): WaitAudio {
  const requestMethod = methodAttribute(method, fields.method, findings, 13234);
  if (text === undefined) return { kind: 'default-music' };
  if (text.trim() === '') return { kind: 'silence' };
  const url = parseUrl(text);
  if (url === null) {
    findings.warn(13233, fields.url, 'neither an absolute http or https URL nor empty: the house music is played');
    return { kind: 'default-music' };
  }
  return { kind: 'document', target: { url, method: requestMethod } };
}

/** True when `value` is one of an enum's numbers; an unknown one is reported. */
export function isKnown(
  values: Readonly<Record<string, number>>,
  value: number,
  field: string,
  code: number,
  findings: Findings,
): boolean {
  if (Object.values(values).includes(value)) return true;
  findings.warn(code, field, 'unknown value: taken as left out');
  return false;
}

/** Callback of a recording: checked only, since no recording is made that could call it. */
export function checkRecordingCallback(
  callback: {
    readonly url: string | undefined;
    readonly method: WireMethod;
    readonly events: readonly RecordingStatusCallbackEvent[];
  },
  field: string,
  findings: Findings,
): void {
  urlAttribute(callback.url, field, 13256, findings);
  methodAttribute(callback.method, `${field}_method`, findings);
  const known = Object.values<number>(RecordingStatusCallbackEvent);
  if (callback.events.some((event) => event === 0 || !known.includes(event))) {
    findings.warn(13621, `${field}_event`, 'unknown events are left out');
  }
}

export function checkTrim(trim: RecordingTrim, field: string, code: number, findings: Findings): void {
  isKnown(RecordingTrim, trim, field, code, findings);
}
