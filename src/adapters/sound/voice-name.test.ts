import { describe, expect, it } from 'vitest';
import { espeakVoice, installedLanguages } from './voice-name.js';

const installed = installedLanguages(
  [
    'Pty Language       Age/Gender VoiceName          File                 Other Languages',
    ...['en-us', 'en-gb', 'de', 'fr-fr', 'fr-be', 'pt-br', 'es', 'es-419', 'nb', 'cmn', 'it'].map(
      (language) => ` 5  ${language}              --/M      Name               dir/file`,
    ),
    '',
  ].join('\n'),
);

describe('a voice', () => {
  it.each<readonly [string | null, string | null, string]>([
    [null, null, 'en-us+f3'],
    ['alice', 'en-GB', 'en-gb+f3'],
    ['man', 'de-DE', 'de+m3'],
    ['Woman', 'fr-FR', 'fr-fr+f3'],
    ['man', 'fr', 'fr-fr+m3'],
    ['alice', 'it-IT', 'it+f3'],
    ['alice', 'es-MX', 'es-419+f3'],
    ['alice', 'es-ES', 'es+f3'],
    ['alice', 'zh-CN', 'cmn+f3'],
    ['alice', 'nb-NO', 'nb+f3'],
    ['alice', 'en-AU', 'en-gb+f3'],
    ['Google.de-DE-Wavenet-B', null, 'de+f3'],
    ['Polly.Joanna', null, 'en-us+f3'],
    ['alice', 'tlh', 'en-us+f3'],
    ['alice', '-w /etc/passwd', 'en-us+f3'],
  ])('%s in %s is %s', (voice, language, name) => {
    expect(espeakVoice({ text: '', voice, language }, installed)).toBe(name);
  });
});
