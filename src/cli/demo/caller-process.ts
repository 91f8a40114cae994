/** One caller, alone in its process: the setup comes as an argument, orders and reports over the parent's channel. */
import { ApiClient } from '../../client/api-client.js';
import { linear16 } from '../../client/coding.js';
import { MediaLine } from '../../client/media-line.js';
import { monotonicNowMs } from '../caller/monotonic.js';
import { attachRecorded } from '../caller/recorded-leg.js';
import type { Recording } from '../caller/recording.js';
import { RtpCaller } from '../caller/rtp-caller.js';
import { Speech } from '../caller/voice.js';
import { readWav, writeWav } from '../caller/wav.js';
import type { CallerSetup, FromCaller, ToCaller } from './caller-messages.js';

type Telephone = {
  readonly sdpOffer: string | null;
  readonly connect: (order: Extract<ToCaller, { kind: 'connect' }>) => Promise<Recording>;
  readonly close: () => void;
};

async function rtpTelephone(media: Extract<CallerSetup['media'], { kind: 'rtp' }>, voice: Speech): Promise<Telephone> {
  const caller = await RtpCaller.open({ voice, laws: [media.law] });
  return {
    sdpOffer: caller.offer(),
    connect: async ({ sdpAnswer }) => {
      caller.start(sdpAnswer ?? '');
      return caller.recording;
    },
    close: () => caller.close(),
  };
}

function grpcTelephone(media: Extract<CallerSetup['media'], { kind: 'grpc' }>, voice: Speech): Telephone {
  const client = new ApiClient(media.address, null);
  const line = new MediaLine(client);
  return {
    sdpOffer: null,
    connect: async ({ callSid }) => {
      return (await attachRecorded(line, { callSid, voice, coding: linear16(media.rateHz) })).recording;
    },
    close: () => {
      line.close();
      client.close();
    },
  };
}

const report = (message: FromCaller): void => {
  process.send?.(message);
};

const { media }: CallerSetup = JSON.parse(process.argv[2] ?? '');
const voice = new Speech();
const telephone = media.kind === 'rtp' ? await rtpTelephone(media, voice) : grpcTelephone(media, voice);
let recording: Recording | null = null;

async function obey(order: ToCaller): Promise<void> {
  switch (order.kind) {
    case 'connect':
      recording = await telephone.connect(order);
      report({ kind: 'connected' });
      return;
    case 'say': {
      const { started, done } = voice.say(readWav(order.file).samples);
      await started;
      report({ kind: 'saying', atMs: monotonicNowMs() });
      await done;
      report({ kind: 'said' });
      return;
    }
    case 'finish':
      telephone.close();
      if (recording === null) throw new Error('nothing was recorded: the call was never connected');
      writeWav(order.file, { rateHz: recording.rateHz, samples: recording.samples() });
      report({ kind: 'finished', startedAtMs: recording.startedAtMs, arrivals: recording.arrivals() });
      process.disconnect();
      return;
  }
}

process.on('message', (order: ToCaller) => void obey(order));
// A caller whose director is gone has nothing left to do.
process.on('disconnect', () => process.exit(0));
report({ kind: 'ready', sdpOffer: telephone.sdpOffer });
