/** Why a request is refused, and the envelope that SDKs read it from (CONTRACT §7.8, §16.1). */
import { z } from 'zod';

export type RestFailure = {
  /** 400 to 599. */
  readonly status: number;
  /** Of the error dictionary (CONTRACT §11). */
  readonly code: number;
  /** Of ours: what the caller typed is never repeated. */
  readonly message: string;
  /** When to come back; left out: not said. */
  readonly retryAfterSeconds?: number;
  /** Methods that the path does have (RFC 9110 §15.5.6). */
  readonly allow?: string;
  /** Said a second time, in a list of texts (CONTRACT §7.8). */
  readonly isListed?: true;
};

export const failure = (status: number, code: number, message: string): RestFailure => ({ status, code, message });

/** The parameter `name` breaks `rule`. */
export const badParameter = (name: string, rule: string, code = 20_001): RestFailure =>
  failure(400, code, `${name} ${rule}`);

/** The same whatever it is that is not there, or is somebody else's. */
export const notFound = failure(404, 20_404, 'The requested resource was not found');

export const internalFailure = failure(500, 20_504, 'internal error');

/** `type` and `title` are left out: with them twilio makes another exception of it. */
export const errorSchema = z
  .strictObject({
    code: z.int().meta({ description: 'Number of the error dictionary; `more_info` says what it means.' }),
    message: z.string().meta({ description: 'The rule that was broken, by the name of the parameter.' }),
    more_info: z.string().meta({ description: 'Page of this daemon about the code.' }),
    status: z.int().meta({ description: 'The HTTP status.' }),
    errors: z.array(z.string()).optional().meta({ description: 'As one vendor has it of recordings (422).' }),
  })
  .meta({ id: 'Error', description: 'Why a request was refused.' });

/** `base`: where the pages about codes are, without a slash at the end. */
export const envelopeOf = (
  { status, code, message, isListed }: RestFailure,
  base: string,
): z.infer<typeof errorSchema> => ({
  code,
  message,
  more_info: `${base}/errors/${code}`,
  status,
  ...(isListed === true ? { errors: [message] } : {}),
});
