/** Voices and languages as the vendors name them, as eSpeak NG names them. */
import type { Words } from '../../app/sounds/sound-port.js';

/** What vendors call a language that eSpeak NG has under another name. */
const otherNames: Readonly<Record<string, string>> = {
  'zh-cn': 'cmn',
  'zh-tw': 'cmn',
  zh: 'cmn',
  'zh-hk': 'yue',
  'nb-no': 'nb',
  no: 'nb',
  'no-no': 'nb',
  'en-au': 'en-gb',
  'en-in': 'en-gb',
  'es-mx': 'es-419',
  en: 'en-us',
  fr: 'fr-fr',
  pt: 'pt-br',
};
const defaultLanguage = 'en-us';

/** What is not there is spoken as English, and by a woman unless a man is asked for. `installed`: in lower case. */
export function espeakVoice({ voice, language }: Words, installed: ReadonlySet<string>): string {
  const variant = /^(?:man|male)$/i.test(voice ?? '') ? 'm3' : 'f3';
  return `${languageOf(language ?? languageInName(voice ?? ''), installed)}+${variant}`;
}

/** `Google.en-GB-Wavenet-A` and the like name a language themselves. */
const languageInName = (voice: string): string => /\.([a-z]{2,3}-[A-Z]{2})\b/.exec(voice)?.[1] ?? defaultLanguage;

function languageOf(language: string, installed: ReadonlySet<string>): string {
  const wanted = language.toLowerCase().replaceAll('_', '-');
  const [base = ''] = wanted.split('-');
  const candidates = [otherNames[wanted], wanted, otherNames[base], base, `${base}-${base}`];
  return candidates.find((name) => name !== undefined && installed.has(name)) ?? defaultLanguage;
}

/** Languages in what `espeak-ng --voices` prints: the second column of a table with a heading. */
export function installedLanguages(table: string): ReadonlySet<string> {
  const rows = table.split('\n').slice(1);
  return new Set(rows.flatMap((row) => row.trim().split(/\s+/)[1]?.toLowerCase() ?? []));
}
