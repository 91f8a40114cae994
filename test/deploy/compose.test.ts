/** deploy/compose: a file of the Compose Specification, whose mounts are there, and which lets a drain end. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configured, stopSeconds } from '../support/deployments.js';

type Service = {
  readonly image: string;
  readonly network_mode: string;
  readonly read_only?: boolean;
  readonly user?: string;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly volumes: readonly string[];
  readonly command?: readonly string[];
  readonly stop_grace_period?: string;
  readonly ulimits?: { readonly rtprio: number; readonly nofile: number };
  readonly environment?: Readonly<Record<string, string>>;
  readonly extra_hosts?: readonly string[];
};

const folder = 'deploy/compose';
const file = join(folder, 'compose.yaml');
const { services, volumes }: { readonly services: Record<string, Service>; readonly volumes: object } = parse(
  readFileSync(file, 'utf8'),
);
const { parley, prometheus, grafana } = services;

describe('compose.yaml', () => {
  it('is what the Compose Specification takes, and what its linter does', () => {
    // Names are in the order in which they are read, and the image is made here.
    const leftOut = ['service-keys-order', 'services-alphabetical-order', 'no-build-and-image'];
    const linted = spawnSync(
      'node_modules/.bin/dclint',
      [
        file,
        '--max-warnings=0',
        ...[...leftOut, 'service-image-require-explicit-tag'].map((rule) => `--disable-rule=${rule}`),
      ],
      { encoding: 'utf8' },
    );
    expect(linted, linted.stdout).toMatchObject({ status: 0 });
  });

  it('mounts files that are there, and volumes that it names', () => {
    for (const [name, { volumes: mounts }] of Object.entries(services)) {
      for (const mount of mounts) {
        const [source = ''] = mount.split(':');
        if (source.startsWith('.')) expect(existsSync(join(folder, source)), `${name}: ${source}`).toBe(true);
        else expect(volumes).toHaveProperty(source);
      }
    }
  });

  it('gives no container rights that it does without', () => {
    for (const [name, service] of Object.entries(services)) {
      expect(service.cap_drop, name).toEqual(['ALL']);
      expect(service.security_opt, name).toContain('no-new-privileges:true');
      expect(service.user, name).not.toBe('root');
    }
    expect(parley?.read_only).toBe(true);
  });

  it('starts a daemon with a configuration that is right, real-time limits, and the time that a drain takes', () => {
    const { config, warnings } = configured(join(folder, 'config/parley.yaml'));
    expect(warnings).toEqual([]);
    expect(Number.parseInt(parley?.stop_grace_period ?? '', 10)).toBeGreaterThanOrEqual(stopSeconds(config) + 5);
    expect(parley?.ulimits?.rtprio).toBeGreaterThanOrEqual(config.realtimePriority);
    expect(parley?.ulimits?.nofile).toBeGreaterThanOrEqual(2 * config.legsPerShard);
    expect(parley?.environment?.PARLEY_CONFIG).toBe('/etc/parley/parley.yaml');
  });

  it('has Prometheus look where the daemon shows its metrics', () => {
    const { config } = configured(join(folder, 'config/parley.yaml'));
    const scraping = parse(readFileSync('deploy/prometheus/prometheus.yml', 'utf8'));
    expect(scraping.scrape_configs[0].static_configs[0].targets).toEqual([
      `${config.httpListen.host}:${config.httpListen.port}`,
    ]);
    expect(prometheus?.network_mode).toBe('host');
    expect(parley?.network_mode).toBe('host');
    expect(prometheus?.command).toContain('--config.file=/etc/prometheus/prometheus.yml');
  });

  it('has Grafana find that Prometheus by its name, and the dashboard where it looks', () => {
    const read = (path: string) => parse(readFileSync(join('deploy/grafana/provisioning', path), 'utf8'));
    const { hostname, port } = new URL(read('datasources/prometheus.yml').datasources[0].url);
    expect(grafana?.extra_hosts).toContain(`${hostname}:127.0.0.1`);
    expect(prometheus?.command).toContain(`--web.listen-address=127.0.0.1:${port}`);
    const { path } = read('dashboards/parley.yml').providers[0].options;
    expect(grafana?.volumes).toContain(`../grafana/parley.json:${path}/parley.json:ro`);
    expect(grafana?.volumes).toContain('../grafana/provisioning:/etc/grafana/provisioning:ro');
  });
});
