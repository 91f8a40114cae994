/** What was odd about the documents of one call: logged at once, and told to EventService as soon as it can be. */
import type { AccountSid, CallSid } from '../../base/brands.js';
import type { WebTarget } from '../../conference/state.js';
import type { Finding } from '../../cxml/finding.js';
import type { ParsedDocument } from '../../cxml/parse-document.js';
import type { Warning } from '../application.js';
import type { ConferenceRunner } from '../conferences/conference-runner.js';
import { type FindingParts, noteFinding } from '../debugger.js';
import { notYetOf } from './not-yet.js';

/** Of one call, waiting for the reply or for a conference whose events they can be; further ones are only logged. */
export const waitingFindingsMax = 100;

/** `field`: of the request that brought the document. */
export const documentWarnings = (
  { document, findings }: ParsedDocument,
  field: 'document' | 'document_url',
): readonly Warning[] =>
  [...findings, ...notYetOf(document)]
    .slice(0, waitingFindingsMax)
    .map(({ code, where, message }) => ({ code, field: `${field}${where}`, message }));

export class FindingsOfCall {
  readonly #parts: FindingParts;
  readonly #of: { readonly accountSid: AccountSid; readonly callSid: CallSid };
  readonly #warnings: Warning[] = [];
  #waiting: Finding[] = [];

  constructor(parts: FindingParts, of: { readonly accountSid: AccountSid; readonly callSid: CallSid }) {
    this.#parts = parts;
    this.#of = of;
  }

  /** `source`: where the document came from; null when it was handed over as it is. */
  add(found: readonly Finding[], source: WebTarget | null): void {
    const { accountSid, callSid } = this.#of;
    for (const finding of found) {
      const { code, where, message } = finding;
      noteFinding(this.#parts, { accountSid, callSid, conferenceSid: null, finding, source });
      if (this.#warnings.length < waitingFindingsMax) {
        this.#warnings.push({ code, field: `${source === null ? 'document' : 'document_url'}${where}`, message });
      }
      if (this.#waiting.length < waitingFindingsMax) this.#waiting.push(finding);
      else this.#parts.metrics.count('parley_document_findings_untold_total', {});
    }
  }

  /** Of all documents so far, for a reply. */
  warnings(): readonly Warning[] {
    return this.#warnings;
  }

  /** An event belongs to a conference: without one they wait. */
  tell(runner: ConferenceRunner | null): void {
    if (runner === null) return;
    const { clock, logger } = this.#parts;
    const { callSid } = this.#of;
    for (const finding of this.#waiting) {
      runner
        .recordOfPast({ kind: 'document-finding', callSid, finding, atMs: clock.now() })
        .catch((error: unknown) => logger.error('finding-not-told', { error }));
    }
    this.#waiting = [];
  }
}
