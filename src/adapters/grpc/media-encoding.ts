/** Codings of gRPC legs as parley.v1 names them. */
import type { MediaHandle } from '../../app/application.js';
import { MediaEncoding } from '../../gen/parley/v1/call_pb.js';

export const toEncoding = (codec: MediaHandle['codec']): MediaEncoding =>
  codec === 'pcmu' ? MediaEncoding.PCMU : MediaEncoding.LINEAR16;
