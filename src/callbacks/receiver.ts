/** Who gets a callback: requests to one receiver share its speed and its failures. */
import type { WebTarget } from '../conference/state.js';
import { originOf, parseWebhookUrl } from './url.js';

/** Scheme, host and port; empty for a URL that no request can be made to. */
export function receiverOf({ url }: WebTarget): string {
  const parsed = parseWebhookUrl(url);
  return parsed === null ? '' : originOf(parsed);
}
