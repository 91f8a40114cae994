/** An account as configured (DESIGN §7). */
import { z } from 'zod';
import { parseHostRule } from '../adapters/webhook/egress.js';
import type { Account } from '../app/ports.js';
import type { FlavourName } from '../base/flavour.js';
import { parseSid } from '../base/sids.js';
import { absoluteUrl } from '../callbacks/resolve-url.js';
import { type RecordingFormat, recordingFormats } from '../recordings/recording.js';
import { type CertificateSubject, parseCertificateSubject } from './certificate-subject.js';

export type ConfiguredAccount = Account & {
  /** Any of them opens the API; without any, and without subjects, nothing is asked for: only loopback may do so. */
  readonly tokens: readonly string[];
  /** Whoever shows the gRPC API a certificate with one of these needs no token. */
  readonly certificateSubjects?: readonly CertificateSubject[] | undefined;
  /** It may do what concerns the daemon and so every account, as reload its configuration. Left out: it may not. */
  readonly operator?: boolean | undefined;
  readonly flavour: FlavourName;
  /** Hosts its webhooks may go to (`parseHostRule`); left out: any. */
  readonly webhookHosts?: readonly string[] | undefined;
  /** File of PEM certificates of authorities that it trusts beside those of the daemon. */
  readonly webhookCaFile?: string | undefined;
  /** Asked to make calls while no call-control service is subscribed; left out: nobody is. */
  readonly originateUrl?: string | undefined;
  /** How old its callbacks may become; 0: three tries, as the vendors do. Left out: as the daemon is configured. */
  readonly callbackHorizonHours?: number | undefined;
  /** Requests it may make over gRPC and REST in the long run; 0: no bound. Left out: as the daemon is configured. */
  readonly apiRequestsPerSecond?: number | undefined;
  /** False: nothing of it is recorded, whatever is asked. */
  readonly mayRecord?: boolean | undefined;
  /** Those in a conference hear that it is recorded: a beep, a sound or document of the web. */
  readonly recordingBeep?: boolean | undefined;
  readonly recordingAnnounceUrl?: string | undefined;
  /** Its recordings of conferences have a file of each participant and a timeline beside them. */
  readonly recordingTracks?: boolean | undefined;
  /** File of the keys that its recordings are encrypted with; left out: they are not. */
  readonly recordingKeyFile?: string | undefined;
  /** Streams of gRPC it may have at once; 0: no bound. Left out: as the daemon is configured. */
  readonly streamsMax?: number | undefined;
  /** Conferences it may have at once; 0, here and below: no bound. Left out: as the daemon is configured. */
  readonly conferencesMax?: number | undefined;
  /** Calls it may have at once, in conferences and on the way there. */
  readonly participantsMax?: number | undefined;
  /** Recordings of it that may run at once. */
  readonly recordingsMax?: number | undefined;
  /** Documents that may be asked for a second in the long run, and twice as many at once. */
  readonly documentsPerSecond?: number | undefined;
  /** Callbacks that are sent a second in the long run, and twice as many at once; the others wait. */
  readonly callbacksPerSecond?: number | undefined;
  /** Made of each of its recordings at once, beside WAV. Left out: as the daemon is configured. */
  readonly recordingFormats?: readonly RecordingFormat[] | undefined;
};

const tokenCharactersMin = 16;

const accountSid = z.string().transform((text, context) => {
  const sid = parseSid('account', text);
  if (sid !== null) return sid;
  context.addIssue({ code: 'custom', message: 'must be a UUID, or AC and 32 hexadecimal digits' });
  return z.NEVER;
});

const hostRule = z.string().transform((text, context) => {
  const rule = parseHostRule(text);
  if (rule !== null) return rule;
  context.addIssue({ code: 'custom', message: 'must be a host, or all below one as in *.example.org' });
  return z.NEVER;
});

const certificateSubject = z.string().transform((text, context) => {
  const subject = parseCertificateSubject(text);
  if (subject !== null) return subject;
  context.addIssue({ code: 'custom', message: 'must be names of a certificate as in CN=platform,O=Acme' });
  return z.NEVER;
});

const bound = z.int().min(0).max(100_000_000);
const perSecond = z.int().min(0).max(1_000_000);

const webUrl = z.string().transform((text, context) => {
  const url = absoluteUrl(text);
  if (url !== null) return url;
  context.addIssue({ code: 'custom', message: 'must be an absolute http or https URL' });
  return z.NEVER;
});

export const accountSchema = z.strictObject({
  sid: accountSid,
  name: z.string().min(1).max(128),
  tokens: z.array(z.string().min(tokenCharactersMin)).default([]),
  certificateSubjects: z.array(certificateSubject).max(100).optional(),
  operator: z.boolean().optional(),
  signingKeys: z.tuple([z.string().min(1)], z.string().min(1)),
  flavour: z.enum(['signalwire', 'twilio']).default('signalwire'),
  webhookHosts: z.array(hostRule).max(1000).optional(),
  webhookCaFile: z.string().min(1).optional(),
  originateUrl: webUrl.optional(),
  callbackHorizonHours: z.int().min(0).max(720).optional(),
  apiRequestsPerSecond: perSecond.optional(),
  streamsMax: bound.optional(),
  conferencesMax: bound.optional(),
  participantsMax: bound.optional(),
  recordingsMax: bound.optional(),
  documentsPerSecond: perSecond.optional(),
  callbacksPerSecond: perSecond.optional(),
  mayRecord: z.boolean().optional(),
  recordingBeep: z.boolean().optional(),
  recordingAnnounceUrl: z
    .url({ protocol: /^https?$/ })
    .max(4096)
    .optional(),
  recordingTracks: z.boolean().optional(),
  recordingKeyFile: z.string().min(1).optional(),
  recordingFormats: z.array(z.enum(recordingFormats)).optional(),
});

/** Anybody may use it who reaches the daemon. */
export const isOpen = ({ tokens, certificateSubjects = [] }: ConfiguredAccount): boolean =>
  tokens.length === 0 && certificateSubjects.length === 0;

/** For trying things out on one machine: its key is known to everybody. */
export const developmentAccount: ConfiguredAccount = {
  sid: accountSid.parse('de000000-0000-4000-8000-000000000001'),
  name: 'development',
  tokens: [],
  signingKeys: ['parley-development-signing-key'],
  flavour: 'signalwire',
  operator: true,
};
