/**
 * What each key of an account means to whoever sets it, as setting-texts.ts has it of the settings. Markdown, without a
 * full stop.
 */
import type { accountSchema } from './account.js';

export type AccountText = {
  readonly means: string;
  readonly byDefault: string;
  readonly isSecret?: true;
  /** As one would write it in a file. */
  readonly sample: string;
};

export const accountTexts = {
  sid: {
    byDefault: 'required',
    sample: 'b3877c40-da60-4998-90ad-b792e98472af',
    means: 'a UUID, or `AC` and 32 hexadecimal digits; what the platform calls the account',
  },
  name: { byDefault: 'required', sample: 'acme', means: 'how people call it; in the log' },
  tokens: {
    byDefault: 'none, which only loopback may do, and only where there is one account',
    isSecret: true,
    sample: '[{ file: secrets/acme-token }]',
    means:
      'any of them opens the gRPC API as `authorization: Bearer TOKEN`, and the REST API as password of the sid; 16 ' +
      'characters or more. While a token is changed for another, both stand here',
  },
  certificateSubjects: {
    byDefault: 'none',
    sample: "['CN=platform,O=Acme']",
    means:
      'whoever shows the gRPC API a certificate whose subject has all the names of one of these needs no token: see ' +
      '[TLS](#tls)',
  },
  operator: {
    byDefault: '`false`',
    sample: 'false',
    means:
      '`true`: it may do what concerns the daemon and so every account: see and change conferences of all on the ' +
      '[status page](status-page.md), [reload](#reload) the configuration by ' +
      '`AdminService.ReloadConfig`',
  },
  signingKeys: {
    byDefault: 'required',
    isSecret: true,
    sample: '[{ file: secrets/acme-signing-key }]',
    means: 'the first signs webhooks; where a receiver refuses its signature the next is tried',
  },
  flavour: {
    byDefault: '`signalwire`',
    sample: 'signalwire',
    means: '`signalwire` or `twilio`: whose ways it keeps to where the two differ ([below](#flavours))',
  },
  webhookHosts: {
    byDefault: 'anywhere',
    sample: "['*.acme.example', hooks.example.net]",
    means: 'names, addresses and `*.example.org`: where its webhooks may go',
  },
  webhookCaFile: {
    byDefault: 'none',
    sample: '/etc/parley/acme-ca.pem',
    means: 'file of PEM certificates of authorities that it trusts beside those of the daemon; nobody else does',
  },
  originateUrl: {
    byDefault: 'none',
    sample: 'https://calls.acme.example/originate',
    means: 'asked to [make calls](originations.md) while no call-control service is subscribed',
  },
  callbackHorizonHours: {
    byDefault: 'that of the daemon',
    sample: '24',
    means: 'takes the place of the setting of this name',
  },
  apiRequestsPerSecond: {
    byDefault: 'that of the daemon',
    sample: '2000',
    means: 'takes the place of the setting of this name',
  },
  streamsMax: {
    byDefault: 'that of the daemon',
    sample: '1000',
    means: 'takes the place of `streamsPerAccountMax`',
  },
  conferencesMax: {
    byDefault: 'that of the daemon',
    sample: '200',
    means: 'takes the place of `conferencesPerAccountMax`',
  },
  participantsMax: {
    byDefault: 'that of the daemon',
    sample: '2000',
    means: 'takes the place of `participantsPerAccountMax`',
  },
  recordingsMax: {
    byDefault: 'that of the daemon',
    sample: '100',
    means: 'takes the place of `recordingsPerAccountMax`',
  },
  documentsPerSecond: {
    byDefault: 'that of the daemon',
    sample: '50',
    means: 'takes the place of `documentsPerSecond`',
  },
  callbacksPerSecond: {
    byDefault: 'that of the daemon',
    sample: '500',
    means: 'takes the place of `callbacksPerSecond`',
  },
  mayRecord: { byDefault: '`true`', sample: 'true', means: '`false`: nothing of it is recorded' },
  recordingBeep: {
    byDefault: '`false`',
    sample: 'true',
    means: '`true`: a beep tells those in a conference that it is recorded',
  },
  recordingTracks: {
    byDefault: '`false`',
    sample: 'true',
    means:
      '`true`: its recordings of conferences have [tracks and a timeline](recording-life.md) unless one is begun without',
  },
  recordingAnnounceUrl: {
    byDefault: 'none',
    sample: 'https://acme.example/recorded.wav',
    means: 'a sound or document of the web that tells those in a conference that it is recorded',
  },
  recordingKeyFile: {
    byDefault: 'none: they are not',
    sample: '/etc/parley/acme.keys',
    means: 'file of the keys that its recordings are [encrypted](recording-storage.md) with',
  },
  recordingFormats: {
    byDefault: 'those of the daemon',
    sample: '[mp3]',
    means: 'takes the place of the setting of this name',
  },
} as const satisfies Readonly<Record<keyof typeof accountSchema.shape, AccountText>>;
