/** MediaService. */
import type { Application } from '../../app/application.js';
import type { Metrics } from '../../app/metrics.js';
import type { Clock } from '../../base/ports.js';
import type { MediaService } from '../../gen/parley/v1/media_service_pb.js';
import { MediaStream } from './media-stream.js';
import type { HandlersOf } from './service-definition.js';

export const mediaHandlers = (
  application: Application,
  clock: Clock,
  metrics: Metrics,
): HandlersOf<typeof MediaService> => ({
  stream: ({ accountSid }, outgoing, fail) =>
    new MediaStream({ application, clock, metrics, accountSid }, outgoing, fail),
});
