/** What may be done to a conference and to those in it. Every promise rejects with a ParleyError. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Conference as ConferenceState, ConferenceStatus } from '../gen/parley/v1/conference_pb.js';
import { ConferenceService } from '../gen/parley/v1/conference_service_pb.js';
import type { Participant } from '../gen/parley/v1/participant_pb.js';
import { ParticipantService, type UpdateParticipantRequestSchema } from '../gen/parley/v1/participant_service_pb.js';
import { RecordingStatus } from '../gen/parley/v1/recording_pb.js';
import { RecordingService, type StartRecordingRequestSchema } from '../gen/parley/v1/recording_service_pb.js';
import type { DocumentUrlSchema } from '../gen/parley/v1/web_pb.js';
import type { ApiClient } from './api-client.js';

const pageSize = 500;

type Changes = Omit<
  MessageInitShape<typeof UpdateParticipantRequestSchema>,
  'conferenceSid' | 'callSid' | '$typeName' | '$unknown'
>;
type RecordingOptions = Omit<
  MessageInitShape<typeof StartRecordingRequestSchema>,
  'conferenceSid' | '$typeName' | '$unknown'
>;
type Document = Omit<MessageInitShape<typeof DocumentUrlSchema>, '$typeName' | '$unknown'>;

/** A recording that was begun. */
export class ConferenceRecording {
  readonly sid: string;
  readonly #client: ApiClient;

  constructor(client: ApiClient, sid: string) {
    this.#client = client;
    this.sid = sid;
  }

  pause(): Promise<void> {
    return this.#go(RecordingStatus.PAUSED);
  }

  resume(): Promise<void> {
    return this.#go(RecordingStatus.IN_PROGRESS);
  }

  /** For good. */
  stop(): Promise<void> {
    return this.#go(RecordingStatus.STOPPED);
  }

  async #go(status: RecordingStatus): Promise<void> {
    await this.#client.call(RecordingService.method.updateRecording, { recordingSid: this.sid, status });
  }
}

export class Conference {
  readonly sid: string;
  readonly #client: ApiClient;

  /** Asks nothing of the daemon: one that is not there is NOT_FOUND when something is asked of it. */
  constructor(client: ApiClient, sid: string) {
    this.#client = client;
    this.sid = sid;
  }

  async state(): Promise<ConferenceState | undefined> {
    return (await this.#client.call(ConferenceService.method.getConference, { conferenceSid: this.sid })).conference;
  }

  /** Those who are in it. */
  async participants(): Promise<readonly Participant[]> {
    const participants: Participant[] = [];
    let pageToken = '';
    do {
      const asked = { conferenceSid: this.sid, pageSize, pageToken };
      const page = await this.#client.call(ParticipantService.method.listParticipants, asked);
      participants.push(...page.participants);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return participants;
  }

  /** Changes how a call takes part; what is left out stays. */
  async update(callSid: string, changes: Changes): Promise<void> {
    const request = { conferenceSid: this.sid, callSid, ...changes };
    await this.#client.call(ParticipantService.method.updateParticipant, request);
  }

  mute(callSid: string, muted = true): Promise<void> {
    return this.update(callSid, { muted });
  }

  hold(callSid: string, hold = true): Promise<void> {
    return this.update(callSid, { hold });
  }

  /** Out of the conference; the call goes on with the document it runs, or ends. */
  async kick(callSid: string): Promise<void> {
    await this.#client.call(ParticipantService.method.removeParticipant, { conferenceSid: this.sid, callSid });
  }

  /** Plays audio or a document to all; resolves when it is in line. */
  async announce(announcement: string | Document): Promise<void> {
    const value = typeof announcement === 'string' ? { url: announcement } : announcement;
    const update = { case: 'announce', value } as const;
    await this.#client.call(ConferenceService.method.updateConference, { conferenceSid: this.sid, update });
  }

  async record(options: RecordingOptions = {}): Promise<ConferenceRecording> {
    const request = { conferenceSid: this.sid, ...options };
    const { recording } = await this.#client.call(RecordingService.method.startRecording, request);
    return new ConferenceRecording(this.#client, recording?.sid ?? '');
  }

  /** Everybody out. */
  async end(): Promise<void> {
    const update = { case: 'end', value: {} } as const;
    await this.#client.call(ConferenceService.method.updateConference, { conferenceSid: this.sid, update });
  }
}

type Wanted = { readonly roomName?: string; readonly status?: ConferenceStatus };

/** Newest first; those that are over only while they are kept. */
export async function conferencesOf(client: ApiClient, wanted: Wanted): Promise<readonly ConferenceState[]> {
  const found: ConferenceState[] = [];
  let pageToken = '';
  do {
    const page = await client.call(ConferenceService.method.listConferences, { ...wanted, pageSize, pageToken });
    found.push(...page.conferences);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return found;
}

/** Those that live, of a room or of all. */
export async function liveConferences(client: ApiClient, room?: string): Promise<readonly ConferenceState[]> {
  const ofRoom = room === undefined ? {} : { roomName: room };
  const begun = await conferencesOf(client, { ...ofRoom, status: ConferenceStatus.IN_PROGRESS });
  const waiting = await conferencesOf(client, { ...ofRoom, status: ConferenceStatus.INIT });
  // One may have begun in between.
  return [...begun, ...waiting.filter(({ sid }) => begun.every((each) => each.sid !== sid))];
}
