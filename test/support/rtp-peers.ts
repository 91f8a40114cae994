/** FFmpeg and GStreamer as telephones without signalling: one sends a file over RTP, one writes down what it hears. */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { G711Law } from '../../src/cli/caller/g711.js';
import type { MediaAddress } from '../../src/cli/caller/sdp.js';
import type { ForeignPrograms } from './foreign-program.js';

type Coding = {
  readonly payloadType: number;
  /** Name in SDP and in the caps of GStreamer. */
  readonly name: string;
  /** Encoder of FFmpeg. */
  readonly encoder: string;
  /** Elements of GStreamer, from samples to packets and back. */
  readonly pay: readonly string[];
  readonly depay: readonly string[];
};

const codings: Readonly<Record<G711Law, Coding>> = {
  pcmu: {
    payloadType: 0,
    name: 'PCMU',
    encoder: 'pcm_mulaw',
    pay: ['mulawenc', '!', 'rtppcmupay'],
    depay: ['rtppcmudepay', '!', 'mulawdec'],
  },
  pcma: {
    payloadType: 8,
    name: 'PCMA',
    encoder: 'pcm_alaw',
    pay: ['alawenc', '!', 'rtppcmapay'],
    depay: ['rtppcmadepay', '!', 'alawdec'],
  },
};

export type RtpPeer = {
  /** Sends a WAV file at its own pace from a port of its own; ends with the file. */
  readonly send: (file: string, law: G711Law, from: number, to: MediaAddress) => ChildProcess;
  /** Writes what comes to `port` into a WAV file, until it is interrupted. */
  readonly receive: (file: string, law: G711Law, port: number) => ChildProcess;
};
export type RtpPeerName = 'ffmpeg' | 'gstreamer';

export const rtpPeers = (programs: ForeignPrograms): Readonly<Record<RtpPeerName, RtpPeer>> => ({
  ffmpeg: {
    send: (file, law, from, to) =>
      programs.start('ffmpeg', [
        ...['-i', file, '-af', 'asetnsamples=160:p=0,arealtime', '-c:a', codings[law].encoder, '-f', 'rtp'],
        `rtp://${to.host}:${to.port}?localrtpport=${from}&pkt_size=172`,
      ]),
    receive: (file, law, port) => {
      const { payloadType, name } = codings[law];
      const session = ['v=0', 'o=- 0 0 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
      const media = [`m=audio ${port} RTP/AVP ${payloadType}`, `a=rtpmap:${payloadType} ${name}/8000`, ''];
      writeFileSync(`${file}.sdp`, [...session, ...media].join('\n'));
      const input = ['-protocol_whitelist', 'file,udp,rtp', '-i', `${file}.sdp`];
      return programs.start('ffmpeg', [...input, '-flush_packets', '1', '-c:a', 'pcm_s16le', file]);
    },
  },
  gstreamer: {
    send: (file, law, from, to) =>
      programs.start('gst-launch-1.0', [
        ...['filesrc', `location=${file}`, '!', 'wavparse', '!', 'audioconvert', '!', ...codings[law].pay],
        ...['min-ptime=20000000', 'max-ptime=20000000', '!'],
        ...['udpsink', `host=${to.host}`, `port=${to.port}`, 'bind-address=127.0.0.1', `bind-port=${from}`],
      ]),
    receive: (file, law, port) => {
      const { payloadType, name, depay } = codings[law];
      return programs.start('gst-launch-1.0', [
        ...['-e', 'udpsrc', 'address=127.0.0.1', `port=${port}`],
        `caps=application/x-rtp,media=audio,clock-rate=8000,encoding-name=${name},payload=${payloadType}`,
        ...['!', ...depay, '!', 'wavenc', '!', 'filesink', 'buffer-mode=unbuffered', `location=${file}`],
      ]);
    },
  },
});
