/** The SIP front of the examples before a daemon of the tests: the user part of what is dialled is the room. */
import { SipFront } from '../../examples/sip-front/sip-front.js';
import { CallService } from '../../src/gen/parley/v1/call_service_pb.js';
import type { Attributes, Platform } from './platform.js';
import { until } from './waiting.js';

type Call = { readonly room: string; readonly callSid: string; acknowledged: boolean; over: boolean };

export class SipDoor {
  readonly #front: SipFront;
  readonly #calls: readonly Call[];

  private constructor(front: SipFront, calls: readonly Call[]) {
    this.#front = front;
    this.#calls = calls;
  }

  static async open(platform: Platform, attributes: Attributes = {}): Promise<SipDoor> {
    const calls: Call[] = [];
    const find = (callSid: string): Call | undefined => calls.find((call) => call.callSid === callSid);
    const front = await SipFront.open('127.0.0.1', 0, {
      async dial({ user, offer }) {
        const media = { case: 'rtp', value: { sdpOffer: offer } } as const;
        const { callSid, media: answer } = await platform.dial(user, media, attributes);
        calls.push({ room: user, callSid, acknowledged: false, over: false });
        return { callSid, answer: answer.case === 'rtp' ? answer.value.sdpAnswer : '' };
      },
      async reoffer(callSid, offer) {
        const rtp = { case: 'rtp', value: { sdpOffer: offer } } as const;
        const updated = await platform.client.call(CallService.method.updateCall, { callSid, update: rtp });
        return updated.rtp?.sdpAnswer ?? '';
      },
      async hangUp(callSid) {
        await platform.hangUp({ callSid });
        const call = find(callSid);
        if (call !== undefined) call.over = true;
      },
      established(callSid) {
        const call = find(callSid);
        if (call !== undefined) call.acknowledged = true;
      },
      refusal: () => '488 Not Acceptable Here',
    });
    return new SipDoor(front, calls);
  }

  get address(): string {
    return this.#front.address;
  }

  close(): void {
    this.#front.close();
  }

  /** The call into a room, once both sides know of it. */
  async established(room: string): Promise<{ readonly callSid: string }> {
    const find = () => this.#calls.find((call) => call.room === room && call.acknowledged);
    await until(() => find() !== undefined);
    const call = find();
    if (call === undefined) throw new Error(`nobody called ${room}`);
    return call;
  }

  /** Tells the telephone that its call is over; resolves with whether it has answered. */
  end(callSid: string): Promise<boolean> {
    return this.#front.over(callSid);
  }

  /** Resolves when the telephone in a room has hung up. */
  async over(room: string): Promise<void> {
    await until(() => this.#calls.some((call) => call.room === room && call.over));
  }
}
