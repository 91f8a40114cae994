import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { accountSidOf } from '../../../test/support/callers.js';
import { recordingLogger, recordingMetrics } from '../../../test/support/silent.js';
import type { AuditEntry } from '../../app/audit.js';
import { epochMs } from '../../base/brands.js';
import { auditInLog, auditLinesMax, openAuditLog } from './audit-log.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'parley-audit-'));
  folders.push(folder);
  return folder;
}

const entry = (operation: string): AuditEntry => ({
  ...{ atMs: epochMs(1_712_255_535_000), face: 'rest', accountSid: accountSidOf('acc'), operation, target: '/x' },
  ...{ said: { Muted: 'true' }, token: '01234567', from: '127.0.0.1', status: 200, code: null, traceId: 'f00d' },
});

const operationsIn = (path: string): readonly unknown[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).operation);

describe('the audit trail on disk', () => {
  it('has a line for each entry, in their order, behind those of a process before', async () => {
    const folder = folderOf();
    for (const operations of [['a', 'b'], ['c']]) {
      const log = openAuditLog({ folder, metrics: recordingMetrics(), logger: recordingLogger() });
      for (const operation of operations) log.note(entry(operation));
      await log.close();
    }
    const path = join(folder, 'audit.jsonl');
    expect(operationsIn(path)).toEqual(['a', 'b', 'c']);
    const { atMs: _, ...rest } = entry('a');
    expect(JSON.parse(readFileSync(path, 'utf8').split('\n')[0] ?? '')).toEqual({
      time: '2024-04-04T18:32:15.000Z',
      ...rest,
    });
  });

  it('begins a file anew when one has grown to its bound, and keeps that one', async () => {
    const folder = folderOf();
    const lineBytes = JSON.stringify({ ...entry('a'), atMs: undefined, time: '2024-04-04T18:32:15.000Z' }).length + 1;
    const parts = { folder, metrics: recordingMetrics(), logger: recordingLogger() };
    const log = openAuditLog(parts, 2 * lineBytes);
    for (const operation of ['a', 'b', 'c']) {
      log.note(entry(operation));
      await log.close();
    }
    expect(operationsIn(join(folder, 'audit.1.jsonl'))).toEqual(['a', 'b']);
    expect(operationsIn(join(folder, 'audit.jsonl'))).toEqual(['c']);
    expect(parts.metrics.value('parley_audit_lost_total')).toBe(0);
  });

  it('counts what cannot be written, and goes on', async () => {
    const folder = folderOf();
    const file = join(folder, 'no-folder');
    writeFileSync(file, '');
    const parts = { folder: file, metrics: recordingMetrics(), logger: recordingLogger() };
    const log = openAuditLog(parts);
    log.note(entry('a'));
    await log.close();
    expect(parts.metrics.value('parley_audit_lost_total')).toBe(1);
    rmSync(file);
    log.note(entry('b'));
    await log.close();
    expect(operationsIn(join(file, 'audit.jsonl'))).toEqual(['b']);
    expect(parts.logger.lines).toContainEqual({ level: 'error', event: 'audit-not-written' });
  });

  it('loses and counts what comes faster than the disk, beyond its bound', async () => {
    const folder = folderOf();
    const parts = { folder, metrics: recordingMetrics(), logger: recordingLogger() };
    const log = openAuditLog(parts);
    // The first is being written, and the others wait for that.
    for (let count = 0; count < auditLinesMax + 3; count += 1) log.note(entry('a'));
    await log.close();
    expect(parts.metrics.value('parley_audit_lost_total')).toBe(2);
    expect(operationsIn(join(folder, 'audit.jsonl'))).toHaveLength(auditLinesMax + 1);
  });

  it('is in the log where nothing is kept on disk', async () => {
    const logger = recordingLogger();
    const log = auditInLog(logger);
    log.note(entry('a'));
    await log.close();
    expect(logger.lines).toEqual([{ level: 'info', event: 'audit' }]);
  });
});
