/** RecordingService. */
import type { Application } from '../../app/application.js';
import { err, ok } from '../../base/result.js';
import type { RecordingService } from '../../gen/parley/v1/recording_service_pb.js';
import { readSid } from './fields.js';
import { Findings } from './findings.js';
import { readNumberedPage } from './paging.js';
import {
  readChange,
  readChoice,
  readPart,
  readRecordingFilter,
  readTtl,
  readWishes,
  toRecording,
} from './recording-mapping.js';
import type { HandlersOf } from './service-definition.js';
import { failureOf } from './status.js';
import { toTimestamp } from './timestamps.js';

export const recordingHandlers = (application: Application): HandlersOf<typeof RecordingService> => ({
  async startRecording(request, { accountSid, trace }) {
    const findings = new Findings();
    const sid = readSid('conference', request.conferenceSid, 'conference_sid', findings);
    const wishes = readWishes(request, findings);
    const failure = findings.failure();
    if (failure !== null || sid === null) return err(failure ?? findings.failed());
    const begun = await application.startRecording(accountSid, sid, wishes, trace);
    return begun.ok ? ok({ recording: toRecording(begun.value) }) : err(failureOf(begun.error));
  },

  async updateRecording(request, { accountSid, trace }) {
    const findings = new Findings();
    const choice = readChoice(request, findings);
    const change = readChange(request, findings);
    if (choice === null || change === null) return err(findings.failed());
    const updated = await application.updateRecording(accountSid, choice, change, trace);
    return updated.ok ? ok({ recording: toRecording(updated.value) }) : err(failureOf(updated.error));
  },

  async getRecording(request, { accountSid }) {
    const findings = new Findings();
    const sid = readSid('recording', request.recordingSid, 'recording_sid', findings);
    if (sid === null) return err(findings.failed());
    const known = await application.recording(accountSid, sid);
    return known.ok ? ok({ recording: toRecording(known.value) }) : err(failureOf(known.error));
  },

  async listRecordings(request, { accountSid }) {
    const findings = new Findings();
    const filter = readRecordingFilter(request, findings);
    const page = readNumberedPage(request, findings);
    const failure = findings.failure();
    if (failure !== null || page === null) return err(failure ?? findings.failed());
    const { recordings, next } = await application.recordings(accountSid, filter, {
      before: page.from,
      skip: 0,
      limit: page.limit,
    });
    return ok({ recordings: recordings.map(toRecording), nextPageToken: next === null ? '' : String(next) });
  },

  async deleteRecording(request, { accountSid }) {
    const findings = new Findings();
    const sid = readSid('recording', request.recordingSid, 'recording_sid', findings);
    if (sid === null) return err(findings.failed());
    const deleted = await application.deleteRecording(accountSid, sid);
    return deleted.ok ? ok({}) : err(failureOf(deleted.error));
  },

  async createRecordingLink(request, { accountSid }) {
    const findings = new Findings();
    const sid = readSid('recording', request.recordingSid, 'recording_sid', findings);
    const part = readPart(request, findings);
    const ttlSeconds = readTtl(request.ttlSeconds, findings);
    if (sid === null || part === null || ttlSeconds === null) return err(findings.failed());
    const linked = await application.linkRecording(accountSid, sid, part, ttlSeconds);
    if (!linked.ok) return err(failureOf(linked.error));
    const { url, expiresAtMs } = linked.value;
    return ok({ url, expireTime: toTimestamp(expiresAtMs) });
  },

  async downloadRecording(request, { accountSid, signal }, outgoing) {
    const findings = new Findings();
    const sid = readSid('recording', request.recordingSid, 'recording_sid', findings);
    const part = readPart(request, findings);
    const failure = findings.failure();
    if (failure !== null || sid === null || part === null) return err(failure ?? findings.failed());
    const opened = await application.openRecording(accountSid, sid, part);
    if (!opened.ok) return err(failureOf(opened.error));
    const media = opened.value;
    try {
      for await (const data of media.read(0, media.bytes - 1)) {
        if (signal.aborted) break;
        outgoing.write({ data });
        await outgoing.ready();
      }
      return ok(undefined);
    } finally {
      await media.close();
    }
  },
});
