/** CallService.Originations and ReportOrigination: those who make calls for Parley. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { Application, OriginationReport } from '../../app/application.js';
import type { Order } from '../../app/originations/originators.js';
import { err, ok } from '../../base/result.js';
import type { CallOutcome } from '../../callbacks/call-progress.js';
import {
  type CallService,
  type OriginationsResponseSchema,
  type ReportOriginationRequest,
  CallOutcome as WireOutcome,
} from '../../gen/parley/v1/call_service_pb.js';
import { readAnswerer } from './call-mapping.js';
import { toCallWishes } from './call-wishes.js';
import { readMedia, toMediaAnswer } from './dial-mapping.js';
import type { Failure } from './failure.js';
import { readSid } from './fields.js';
import { Findings } from './findings.js';
import type { HandlersOf } from './service-definition.js';
import { failureOf } from './status.js';

/** Longer than any platform listens for who answers. */
const detectionMsMax = 600_000;

const reportFields = { 'media-unacceptable': 'answered.rtp.sdp_offer' } as const;

const tooManyStreams: Failure = {
  code: status.RESOURCE_EXHAUSTED,
  reason: 'TOO_MANY_ORIGINATORS',
  message: 'as many streams of the account make calls as may',
  contractCode: null,
  violations: [],
};

export const originationHandlers = (
  application: Application,
): Pick<HandlersOf<typeof CallService>, 'originations' | 'reportOrigination'> => ({
  async originations(_request, { accountSid, signal }, outgoing) {
    outgoing.write({ message: { case: 'started', value: {} } });
    // What waits is bounded by the calls that an account may have made at once.
    const stop = application.makeCalls(accountSid, (order) => outgoing.write({ message: toMessage(order) }));
    if (!stop.ok) return err(tooManyStreams);
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    stop.value();
    return ok(undefined);
  },

  async reportOrigination(request, { accountSid }) {
    const findings = new Findings();
    const callSid = readSid('call', request.callSid, 'call_sid', findings);
    const report = readReport(request, findings);
    if (callSid === null || report === null) return err(findings.failed());
    const reply = await application.reportOrigination(accountSid, callSid, report);
    if (!reply.ok) return err(failureOf(reply.error, reportFields));
    if (reply.value === null || report.kind !== 'answered') return ok({});
    return ok({ conferenceSid: reply.value.conferenceSid, media: toMediaAnswer(reply.value, report.media) });
  },
});

function readReport({ report }: ReportOriginationRequest, findings: Findings): OriginationReport | null {
  switch (report.case) {
    case 'ringing':
      return { kind: 'ringing' };
    case 'answered': {
      const media = readMedia(report.value, findings, 'answered.');
      return media === null ? null : { kind: 'answered', media };
    }
    case 'ended': {
      const outcome = outcomes.find(([, wire]) => wire === report.value.outcome)?.[0];
      if (outcome !== undefined && outcome !== 'completed') return { kind: 'ended', outcome };
      findings.violate('ended.outcome', 'must be busy, no answer, failed or canceled');
      return null;
    }
    case 'machineDetected': {
      const { answeredBy: wire, durationMs } = report.value;
      const answeredBy = readAnswerer(wire);
      if (answeredBy === null) {
        findings.violate('machine_detected.answered_by', 'must be somebody or something that answered');
      }
      const isTooLong = durationMs > detectionMsMax;
      if (isTooLong) findings.violate('machine_detected.duration_ms', `must be at most ${detectionMsMax}`);
      return answeredBy === null || isTooLong ? null : { kind: 'machine-detected', answeredBy, durationMs };
    }
    case undefined:
      findings.violate('report', 'is required: one of ringing, answered, ended, machine_detected');
      return null;
  }
}

const outcomes: readonly (readonly [CallOutcome, WireOutcome])[] = [
  ['completed', WireOutcome.COMPLETED],
  ['busy', WireOutcome.BUSY],
  ['no-answer', WireOutcome.NO_ANSWER],
  ['failed', WireOutcome.FAILED],
  ['canceled', WireOutcome.CANCELED],
];

function toMessage(order: Order): NonNullable<MessageInitShape<typeof OriginationsResponseSchema>['message']> {
  const { callSid, conferenceSid, conference, call, callerId, earlyMedia, timeoutSeconds, wishes } = order.origination;
  if (order.kind === 'withdraw') {
    const outcome = outcomes.find(([name]) => name === order.outcome)?.[1] ?? WireOutcome.UNSPECIFIED;
    return { case: 'withdraw', value: { callSid, outcome } };
  }
  return {
    case: 'originate',
    value: {
      ...{ callSid, conferenceSid, earlyMedia, timeoutSeconds },
      ...{ roomName: conference.room, to: call.to, from: call.from },
      callerId: callerId ?? undefined,
      label: conference.label ?? undefined,
      wishes: toCallWishes(wishes),
    },
  };
}
