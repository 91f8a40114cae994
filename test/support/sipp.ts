/** SIPp, a SIP caller that was not written here: plays packet captures into its call, as its users do. */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { ForeignPrograms } from './foreign-program.js';

/** It writes packets with a raw socket, which needs the right to. */
export const sippMayPlay = process.getuid?.() === 0;

type Played = {
  /** SIP address of who answers. */
  readonly door: string;
  readonly room: string;
  /** One after the other; each with the time until the next, or the end. */
  readonly captures: readonly { readonly file: string; readonly ms: number }[];
  /** Of its media; and the next one. */
  readonly port: number;
};

const requestOf = (method: string, sequence: number, to: string, body = ''): string => `<![CDATA[
    ${method} sip:[service]@[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
    From: <sip:sipp@[local_ip]:[local_port]>;tag=[call_number]
    To: <sip:[service]@[remote_ip]:[remote_port]>${to}
    Call-ID: [call_id]
    CSeq: ${sequence} ${method}
    Contact: <sip:sipp@[local_ip]:[local_port]>
    Max-Forwards: 70
${body === '' ? '' : '    Content-Type: application/sdp\n'}    Content-Length: [len]

${body}]]>`;

const offer = `    v=0
    o=sipp 1 1 IN IP[local_ip_type] [local_ip]
    s=-
    c=IN IP[media_ip_type] [media_ip]
    t=0 0
    m=audio [auto_media_port] RTP/AVP 8 101
    a=rtpmap:8 PCMA/8000
    a=rtpmap:101 telephone-event/8000
    a=fmtp:101 0-15
`;

const scenarioOf = ({ captures }: Played): string => `<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="captures played into a call">
  <send retrans="500">${requestOf('INVITE', 1, '', offer)}</send>
  <recv response="100" optional="true" />
  <recv response="200" />
  <send>${requestOf('ACK', 1, '[peer_tag_param]')}</send>
${captures
  .map(
    ({ file, ms }) =>
      `  <nop><action><exec play_pcap_audio="${file}" /></action></nop><pause milliseconds="${ms}" />\n`,
  )
  .join('')}  <send retrans="500">${requestOf('BYE', 2, '[peer_tag_param]')}</send>
  <recv response="200" />
</scenario>
`;

/** `scenarioFile` is written. Ends with the call, and with 0 when all went as it should. */
export function sippPlays(programs: ForeignPrograms, scenarioFile: string, played: Played): ChildProcess {
  writeFileSync(scenarioFile, scenarioOf(played));
  return programs.start('sipp', [
    ...['-sf', scenarioFile, '-m', '1', '-nostdin', '-timeout', '30', '-timeout_error'],
    ...['-i', '127.0.0.1', '-mi', '127.0.0.1', '-mp', String(played.port), '-s', played.room, played.door],
  ]);
}
