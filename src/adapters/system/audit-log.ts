/**
 * The audit trail on disk: one JSON object a line in `audit.jsonl`, written off the control thread. A file that has
 * grown to its bound becomes `audit.1.jsonl`, and the one before it is gone.
 */
import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Audit, AuditEntry } from '../../app/audit.js';
import type { Metrics } from '../../app/metrics.js';
import type { Logger } from '../../base/ports.js';

export const auditFileBytesMax = 256 * 1024 * 1024;

/** Between two writes: of a storm of changes many share one, and each opens and closes the file. */
const pauseMs = 20;

/** Lines that wait for the disk; beyond, they are lost and counted. */
export const auditLinesMax = 50_000;

export type AuditLog = Audit & {
  /** Once what was noted is written, or lost. */
  readonly close: () => Promise<void>;
};

type AuditLogParts = { readonly folder: string; readonly metrics: Metrics; readonly logger: Logger };

const lineOf = ({ atMs, ...entry }: AuditEntry): string =>
  `${JSON.stringify({ time: new Date(atMs).toISOString(), ...entry })}\n`;

/** A disk that does not write is tried again with the next entry. */
export function openAuditLog({ folder, metrics, logger }: AuditLogParts, bytesMax = auditFileBytesMax): AuditLog {
  const path = join(folder, 'audit.jsonl');
  /** Of the file; null: not known yet, nor whether there is a folder. */
  let bytes: number | null = null;
  let waiting: string[] = [];
  let writing: Promise<void> | null = null;

  const write = async (lines: readonly string[]): Promise<void> => {
    try {
      if (bytes === null) await mkdir(folder, { recursive: true });
      const text = lines.join('');
      await appendFile(path, text, { mode: 0o600 });
      bytes = bytes === null ? (await stat(path)).size : bytes + Buffer.byteLength(text);
      if (bytes < bytesMax) return;
      await rename(path, join(folder, 'audit.1.jsonl'));
      bytes = 0;
    } catch (error) {
      bytes = null;
      for (const _ of lines) metrics.count('parley_audit_lost_total', {});
      logger.error('audit-not-written', { error });
    }
  };
  const writeAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      await write(lines);
      if (waiting.length > 0) await sleep(pauseMs);
    }
    writing = null;
  };
  return {
    note(entry) {
      if (waiting.length >= auditLinesMax) {
        metrics.count('parley_audit_lost_total', {});
        return;
      }
      waiting.push(lineOf(entry));
      writing ??= writeAll();
    },
    async close() {
      await writing;
    },
  };
}

/** Where nothing is kept on disk the log has it. */
export const auditInLog = (logger: Logger): AuditLog => ({
  note: (entry) => logger.info('audit', entry),
  close: async () => {},
});
