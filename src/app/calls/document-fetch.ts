/** A document is asked for and read: verbs to run, or why there are none. */
import type { AccountSid } from '../../base/brands.js';
import { err, type Result } from '../../base/result.js';
import type { Trace } from '../../base/trace.js';
import { resolverFrom } from '../../callbacks/resolve-url.js';
import type { Parameters } from '../../callbacks/webhook.js';
import type { WebTarget } from '../../conference/state.js';
import { type ParsedDocument, parseDocument } from '../../cxml/parse-document.js';
import type { Metrics } from '../metrics.js';
import type { Documents } from '../ports.js';

export type FetchFailure = { readonly code: number; readonly rule: string };

export type FetchRequest = {
  readonly accountSid: AccountSid;
  readonly target: WebTarget;
  readonly parameters: Parameters;
  readonly trace: Trace;
};

/** What is relative in it is meant where it came from in the end; an empty `<Redirect/>` asks where it was asked. */
export async function fetchDocument(
  request: FetchRequest,
  { documents, metrics }: { readonly documents: Documents; readonly metrics: Metrics },
): Promise<Result<ParsedDocument, FetchFailure>> {
  const answer = await documents.fetch(request);
  if (answer.kind === 'failed') {
    metrics.count('parley_documents_total', { outcome: 'no-answer' });
    return err({ code: answer.code, rule: answer.rule });
  }
  const parsed = parseDocument(answer.body, request.target, resolverFrom(answer.url));
  metrics.count('parley_documents_total', { outcome: parsed.ok ? 'taken' : 'no-document' });
  return parsed;
}
