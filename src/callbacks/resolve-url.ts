/** URLs that a document or a request names, before anything is sent to them. */
import { urlCharactersMax } from '../conference/state.js';
import { parseWebhookUrl } from './url.js';

/** The trimmed text when it is an absolute http or https URL; else null. */
export function absoluteUrl(text: string): string | null {
  const trimmed = text.trim();
  return trimmed.length <= urlCharactersMax && parseWebhookUrl(trimmed) !== null ? trimmed : null;
}

/** As `absoluteUrl`; what is relative is meant in the place of the document at `base` (CONTRACT §1.3, RFC 3986 §5). */
export const resolverFrom =
  (base: string) =>
  (text: string): string | null => {
    const trimmed = text.trim();
    const absolute = absoluteUrl(trimmed);
    if (absolute !== null || trimmed === '' || trimmed.length > urlCharactersMax) return absolute;
    // An address that names a scheme is not relative, however odd it is.
    if (/^[a-z][a-z0-9+.-]*:/i.test(trimmed) || !URL.canParse(trimmed, base)) return null;
    return absoluteUrl(new URL(trimmed, base).href);
  };
