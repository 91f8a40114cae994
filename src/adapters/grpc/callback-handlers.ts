/** CallbackService. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Application } from '../../app/application.js';
import type { CallbackList, ListedCallback } from '../../app/ports.js';
import { err, ok } from '../../base/result.js';
import { parseWebhookUrl, signedForm } from '../../callbacks/url.js';
import {
  type CallbackSchema,
  type CallbackService,
  CallbackList as WireList,
} from '../../gen/parley/v1/callback_service_pb.js';
import { HttpMethod } from '../../gen/parley/v1/web_pb.js';
import { Findings } from './findings.js';
import { readNumberedPage } from './paging.js';
import type { HandlersOf } from './service-definition.js';
import { failureOf } from './status.js';
import { toTimestamp } from './timestamps.js';

/** Ids that one request may name. */
const idsMax = 1000;

export const callbackHandlers = (application: Application): HandlersOf<typeof CallbackService> => ({
  async listCallbacks({ list: wireList, pageSize, pageToken }, { accountSid }) {
    const findings = new Findings();
    const list = readList(wireList, findings);
    const numbered = readNumberedPage({ pageSize, pageToken }, findings);
    if (list === null || numbered === null) return err(findings.failed());
    const page = await application.listCallbacks(accountSid, list, numbered.from ?? 0, numbered.limit);
    if (!page.ok) return err(failureOf(page.error));
    const { entries, next } = page.value;
    return ok({
      callbacks: entries.map(toCallback),
      nextPageToken: next === null ? '' : String(next),
    });
  },

  async replayCallbacks(request, { accountSid }) {
    const findings = new Findings();
    const ids = readIds(request, findings);
    if (ids === undefined) return err(findings.failed());
    const replayed = await application.replayCallbacks(accountSid, ids);
    return replayed.ok ? ok({ replayed: replayed.value }) : err(failureOf(replayed.error));
  },

  async dropCallbacks(request, { accountSid }) {
    const findings = new Findings();
    const list = readList(request.list, findings);
    const ids = readIds(request, findings);
    if (list === null || ids === undefined) return err(findings.failed());
    const dropped = await application.dropCallbacks(accountSid, list, ids);
    return dropped.ok ? ok({ dropped: dropped.value }) : err(failureOf(dropped.error));
  },
});

function readList(list: WireList, findings: Findings): CallbackList | null {
  if (list === WireList.QUEUED) return 'queued';
  if (list === WireList.DEAD) return 'dead';
  findings.violate('list', 'must be CALLBACK_LIST_QUEUED or CALLBACK_LIST_DEAD');
  return null;
}

/** Null: all of them. Undefined after reporting what is wrong. */
function readIds(
  { ids, all }: { readonly ids: readonly string[]; readonly all: boolean },
  findings: Findings,
): readonly string[] | null | undefined {
  if (all && ids.length === 0) return null;
  if (!all && ids.length > 0 && ids.length <= idsMax) return ids;
  if (all) findings.violate('all', 'must not be set beside ids');
  else findings.violate('ids', `must be 1 to ${idsMax} ids, or all must be set`);
  return undefined;
}

function toCallback(listed: ListedCallback): MessageInitShape<typeof CallbackSchema> {
  const { callback, attempts, createdAtMs, dueAtMs, diedAtMs, reason } = listed;
  const { id, conferenceSid, target, parameters } = callback;
  const url = parseWebhookUrl(target.url);
  return {
    id,
    conferenceSid,
    url: url === null ? '' : `${signedForm(url)}${url.fragment === '' ? '' : `#${url.fragment}`}`,
    method: target.method === 'GET' ? HttpMethod.GET : HttpMethod.POST,
    parameters: Object.fromEntries(parameters),
    attempts,
    createdAt: toTimestamp(createdAtMs),
    ...(dueAtMs === null ? {} : { dueAt: toTimestamp(dueAtMs) }),
    ...(diedAtMs === null ? {} : { diedAt: toTimestamp(diedAtMs) }),
    ...(reason === null ? {} : { reason }),
  };
}
