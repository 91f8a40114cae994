/** DebuggerService. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Application } from '../../app/application.js';
import type { NotedFinding } from '../../app/debugger.js';
import { err, ok } from '../../base/result.js';
import { parseWebhookUrl, signedForm } from '../../callbacks/url.js';
import type { DebuggerService, FindingSchema } from '../../gen/parley/v1/debugger_service_pb.js';
import { FindingLevel } from '../../gen/parley/v1/event_pb.js';
import { Findings } from './findings.js';
import { readNumberedPage } from './paging.js';
import type { HandlersOf } from './service-definition.js';
import { toTimestamp } from './timestamps.js';

export const debuggerHandlers = (application: Application): HandlersOf<typeof DebuggerService> => ({
  async listFindings(request, { accountSid }) {
    const findings = new Findings();
    const page = readNumberedPage(request, findings);
    if (page === null) return err(findings.failed());
    const { entries, next } = application.findings(accountSid, page.from, page.limit);
    return ok({ findings: entries.map(toFinding), nextPageToken: next === null ? '' : String(next) });
  },
});

function toFinding({
  atMs,
  callSid,
  conferenceSid,
  finding,
  source,
}: NotedFinding): MessageInitShape<typeof FindingSchema> {
  const { code, level, where, message } = finding;
  const url = source === null ? null : parseWebhookUrl(source.url);
  return {
    time: toTimestamp(atMs),
    callSid: callSid ?? '',
    conferenceSid: conferenceSid ?? '',
    code,
    level: level === 'error' ? FindingLevel.ERROR : FindingLevel.WARNING,
    where,
    message,
    ...(url === null ? {} : { url: signedForm(url) }),
  };
}
