/** Recordings of the calls themselves (`<Dial record>`), and of conferences as calls ask for them. */
import type { AccountSid, CallSid } from '../../base/brands.js';
import type { DocumentContext } from '../../callbacks/document-parameters.js';
import type { JoinCommand } from '../../conference/commands.js';
import type { Finding } from '../../cxml/finding.js';
import { callSidOfRecording } from '../../recordings/recording.js';
import type { ConferenceRegistry } from '../conferences/conference-registry.js';
import type { ConferenceRunner } from '../conferences/conference-runner.js';
import type { CallRunParts } from './call-run-parts.js';

type Asked = Pick<JoinCommand, 'accountSid' | 'recording' | 'roomRequest'>;

/** What is not recorded although it was asked for, since the account is to record nothing. `where`: the `<Dial>`. */
export function forbiddenRecordings(
  { accountSid, recording, roomRequest }: Asked,
  where: string,
  registry: Pick<ConferenceRegistry, 'mayRecord'>,
): readonly Finding[] {
  if (registry.mayRecord(accountSid)) return [];
  const message = 'the account does not record: passed over';
  const found = (place: string): Finding => ({
    code: 13_217,
    level: 'warning',
    where: place,
    message,
    keepsOut: false,
  });
  return [
    ...(recording === undefined ? [] : [found(`${where}/@record`)]),
    ...(roomRequest.recording?.record === true ? [found(`${where}/Conference/@record`)] : []),
  ];
}

/** What a recorded dial that is over took down of the call; null: nothing. */
export function recordedOf(
  runner: ConferenceRunner | null,
  { accountSid, callSid }: { readonly accountSid: AccountSid; readonly callSid: CallSid },
  { seconds }: { readonly seconds: number },
  { recordingUrlOf }: Pick<CallRunParts, 'recordingUrlOf'>,
): NonNullable<DocumentContext['recording']> | null {
  const all = [...(runner?.recordings().all().values() ?? [])];
  const last = all.findLast((each) => callSidOfRecording(each) === callSid && each.life.status !== 'failed');
  return last === undefined ? null : { sid: last.sid, url: recordingUrlOf(accountSid, last.sid), seconds };
}
