/** deploy/kubernetes: manifests by the API's own schema, closed as its restricted profile asks, that let drains end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StatefulSet } from 'kubernetes-models/apps/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, Service } from 'kubernetes-models/v1';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { configured, folderOf, stopSeconds } from '../support/deployments.js';

type Kind = { readonly kind: string; readonly metadata?: { readonly name?: string } };

// Kubernetes reads YAML 1.1, where more texts are numbers and truths than in 1.2.
const text = readFileSync('deploy/kubernetes/parley.yaml', 'utf8');
const documents = parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as Kind);
const named = <T>(kind: string, name = 'parley'): T =>
  documents.find((document) => document.kind === kind && document.metadata?.name === name) as T;

const models = { ConfigMap, Service, PodDisruptionBudget, StatefulSet };
const { spec } = new StatefulSet(named<ConstructorParameters<typeof StatefulSet>[0]>('StatefulSet'));
const pod = spec?.template.spec;
const [container] = pod?.containers ?? [];

/** As the daemon finds it: the file, and the secrets beside it. */
function read() {
  const { data } = new ConfigMap(named<ConstructorParameters<typeof ConfigMap>[0]>('ConfigMap'));
  const secrets = { 'secrets/token': 'a-token-of-some-length\n', 'secrets/signing-key': 'a-key-that-signs\n' };
  const folder = folderOf({ ...data, ...secrets });
  return configured(join(folder, 'parley.yaml'), { PARLEY_MEDIA_BIND: '192.0.2.7' });
}

describe('parley.yaml', () => {
  it.each(documents.map((document) => [document.kind, document.metadata?.name, document] as const))(
    'has a %s %s as the API describes it',
    (kind, _name, document) => {
      const model = Object.entries(models).find(([name]) => name === kind)?.[1];
      if (model === undefined) throw new Error(`no model of ${kind}`);
      expect(() => new model(document).validate()).not.toThrow();
    },
  );

  it('reads the same in YAML 1.2', () => {
    expect(parseAllDocuments(text).map((document) => document.toJS())).toEqual(documents);
  });

  it('configures a daemon that starts beyond loopback, without a warning', () => {
    const { config, warnings } = read();
    expect(warnings).toEqual([]);
    expect(config.mediaBind).toBe('192.0.2.7');
    const paths = pod?.volumes
      ?.flatMap(({ projected }) => projected?.sources ?? [])
      .flatMap(({ secret }) => secret?.items ?? []);
    expect(paths?.map(({ path }) => path)).toEqual(['secrets/token', 'secrets/signing-key']);
  });

  it('gives a drain its time, before it kills', () => {
    const { config } = read();
    const [program, seconds] = container?.lifecycle?.preStop?.exec?.command ?? [];
    expect(program).toBe('sleep');
    expect(pod?.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(stopSeconds(config) + Number(seconds) + 5);
  });

  it('asks for liveness and readiness where the daemon tells them', () => {
    const { config } = read();
    const port = container?.ports?.find(({ name }) => name === 'http');
    expect(port).toMatchObject({ containerPort: config.httpListen.port, hostPort: config.httpListen.port });
    expect(container?.startupProbe?.httpGet).toEqual({ path: '/livez', port: 'http' });
    expect(container?.livenessProbe?.httpGet).toEqual({ path: '/livez', port: 'http' });
    expect(container?.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'http' });
  });

  it('is closed as the restricted profile asks, but for the host network that RTP wants', () => {
    expect(pod).toMatchObject({ hostNetwork: true, automountServiceAccountToken: false, enableServiceLinks: false });
    expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container?.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container?.resources?.limits).not.toHaveProperty('cpu');
  });

  it('runs as the user of the image, who owns the volume', () => {
    const [, uid, gid] = /^USER (\d+):(\d+)$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    expect(pod?.securityContext).toMatchObject({
      runAsUser: Number(uid),
      runAsGroup: Number(gid),
      fsGroup: Number(gid),
    });
    const [, volume] = /^VOLUME (\S+)$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    expect(container?.volumeMounts).toContainEqual({ name: 'data', mountPath: volume });
    expect(spec?.volumeClaimTemplates?.map(({ metadata }) => metadata?.name)).toEqual(['data']);
  });

  it('sends what is new to pods that are ready, and whoever has a conference to its pod', () => {
    const selector = spec?.selector.matchLabels;
    type Wanted = ConstructorParameters<typeof Service>[0];
    const [ready, one] = ['parley-new', 'parley'].map((name) => new Service(named<Wanted>('Service', name)).spec);
    expect(ready?.selector).toEqual(selector);
    expect(ready?.publishNotReadyAddresses).toBeUndefined();
    expect(one).toMatchObject({ selector, clusterIP: 'None', publishNotReadyAddresses: true });
    expect(spec?.serviceName).toBe('parley');
  });
});
