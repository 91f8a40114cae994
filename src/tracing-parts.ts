/** The part of the composition root that records traces, where they are wanted. */
import { randomUUID } from 'node:crypto';
import { scrubbedText } from './adapters/system/scrub.js';
import type { Metrics } from './app/metrics.js';
import type { Documents, Store, Webhooks } from './app/ports.js';
import type { WebContents } from './app/web-content.js';
import type { Clock, Logger } from './base/ports.js';
import type { Tracer } from './base/tracer.js';
import type { Config } from './config/config.js';
import { packageVersion } from './package-version.js';

export type Tracing = {
  /** Null: nothing is recorded. */
  readonly tracer: Tracer | null;
  /** Each is what it was given, or records what is asked of it. */
  store(store: Store): Store;
  webhooks(webhooks: Webhooks): Webhooks;
  documents(documents: Documents): Documents;
  contents(contents: WebContents): WebContents;
  /** What waits is sent. */
  close(): Promise<void>;
};

export type TracingWorld = { readonly clock: Clock; readonly metrics: Metrics; readonly logger: Logger };

const nothingRecorded: Tracing = {
  tracer: null,
  store: (store) => store,
  webhooks: (webhooks) => webhooks,
  documents: (documents) => documents,
  contents: (contents) => contents,
  close: async () => {},
};

/** The SDK is loaded by those only who have somewhere to send traces to. */
export async function openTracing(config: Config, world: TracingWorld): Promise<Tracing> {
  const { tracingEndpoint: endpoint, tracingHeaders: headers, tracingServiceName: serviceName } = config;
  if (endpoint === undefined) return nothingRecorded;
  const [{ createOpenTelemetry }, { tracedStore }, { tracedContents, tracedDocuments, tracedWebhooks }] =
    await Promise.all([
      import('./adapters/tracing/open-telemetry.js'),
      import('./adapters/tracing/traced-store.js'),
      import('./adapters/tracing/traced-web.js'),
    ]);
  const sampleRatio = config.tracingSampleRatio;
  const tracer = createOpenTelemetry({
    ...{ ...world, endpoint, headers, serviceName, sampleRatio },
    version: packageVersion(),
    instanceId: randomUUID(),
    scrubbed: scrubbedText,
  });
  world.logger.info('tracing', { endpoint, sampleRatio });
  return {
    tracer,
    store: (store) => tracedStore(store, tracer),
    webhooks: (webhooks) => tracedWebhooks(webhooks, tracer),
    documents: (documents) => tracedDocuments(documents, tracer),
    contents: (contents) => tracedContents(contents, tracer),
    close: () => tracer.close(),
  };
}
