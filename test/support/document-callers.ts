/** Callers on RTP whose calls run the documents that a web application answers with. */
import { levelDbfs } from '../../src/cli/caller/levels.js';
import type { Recording } from '../../src/cli/caller/recording.js';
import { RtpCaller } from '../../src/cli/caller/rtp-caller.js';
import { Tone } from '../../src/cli/caller/voice.js';
import type { CallStatus } from '../../src/gen/parley/v1/call_pb.js';
import { CallService, type DialResponse } from '../../src/gen/parley/v1/call_service_pb.js';
import { HttpMethod } from '../../src/gen/parley/v1/web_pb.js';
import { Platform } from './platform.js';
import { createToneMeter, measureTones } from './tones.js';
import { WebhookReceiver } from './webhook-receiver.js';

/** What each says. */
export const tones = { ana: 440.3, ben: 701.9, carla: 1130.7 } as const;
export type Who = keyof typeof tones;
const amplitude = 5000;

export type DocumentCaller = DialResponse & { readonly caller: RtpCaller; readonly recording: Recording };

export class DocumentCallers {
  readonly platform: Platform;
  readonly receiver: WebhookReceiver;
  readonly #callers: RtpCaller[] = [];

  private constructor(platform: Platform, receiver: WebhookReceiver) {
    this.platform = platform;
    this.receiver = receiver;
  }

  /** Two shards, so that a call may have to go from one to the other. */
  static async start(): Promise<DocumentCallers> {
    const platform = await Platform.start({ PARLEY_SHARDS: '2' });
    return new DocumentCallers(platform, await WebhookReceiver.start({ signingKey: 'parley-development-signing-key' }));
  }

  async end(): Promise<void> {
    for (const caller of this.#callers) caller.close();
    await this.platform.end();
    await this.receiver.close();
  }

  /** The document is what the application answers at `path`. */
  async call(who: Who, path: string): Promise<DocumentCaller> {
    const voice = new Tone({ hz: tones[who], amplitude, rateHz: 8000 });
    const caller = await RtpCaller.open({ voice, laws: ['pcmu'] });
    this.#callers.push(caller);
    const reply = await this.platform.client.call(CallService.method.dial, {
      call: { from: `+1555010000${this.#callers.length}`, to: '+15550100099' },
      instruction: { case: 'documentUrl', value: { url: this.receiver.url(path), method: HttpMethod.POST } },
      media: { case: 'rtp', value: { sdpOffer: caller.offer() } },
    });
    caller.start(reply.media.case === 'rtp' ? reply.media.value.sdpAnswer : '');
    return { ...reply, caller, recording: caller.recording };
  }

  async statusOf({ callSid }: DialResponse): Promise<CallStatus | undefined> {
    return (await this.platform.client.call(CallService.method.getCall, { callSid })).call?.status;
  }

  async conferenceOf({ callSid }: DialResponse): Promise<string | undefined> {
    return (await this.platform.client.call(CallService.method.getCall, { callSid })).call?.conferenceSid;
  }
}

/** In the last 200 ms. */
export const hears = ({ recording }: DocumentCaller, who: Who): boolean =>
  recording.length >= 1600 &&
  (measureTones(recording.latest(1600), 8000, Object.values(tones))[Object.keys(tones).indexOf(who)]?.amplitude ?? 0) >
    amplitude / 2;

/** In the last 200 ms, dB below a full-scale square wave. */
export const levelAt = ({ recording }: DocumentCaller): number => levelDbfs(recording.latest(1600));

/** The two notes of a beep for one who enters; one for who leaves has them the other way round. */
export const beepHz = [659.26, 880] as const;

/**
 * Since its recording was `from` samples long: for 50 ms in a row this note of a beep was there. It is over soon, and
 * who looks only now and then would miss it.
 */
export function hasHeardNote({ recording }: DocumentCaller, hz: number, from = 0): boolean {
  const samples = recording.samples().subarray(from);
  const count = 400;
  const meter = createToneMeter([hz, ...Object.values(tones)], 8000, count);
  for (let at = 0; at + count <= samples.length; at += count / 2) {
    if ((meter(samples.subarray(at, at + count))[0]?.amplitude ?? 0) > 2000) return true;
  }
  return false;
}

/** Since it was dialled. */
export const hasHeardBeep = (caller: DocumentCaller): boolean => hasHeardNote(caller, beepHz[1]);
