/**
 * The audit trail on disk: one JSON object a line in `audit.jsonl`, written off the control thread. A file that has
 * grown to its bound becomes `audit.1.jsonl`, and the one before it is gone.
 */
import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Audit, AuditEntry } from '../../app/audit.js';
import type { Metrics } from '../../app/metrics.js';
import type { Logger } from '../../base/ports.js';

export const auditFileBytesMax = 256 * 1024 * 1024;

/** Lines that wait for the disk; beyond, they are lost and counted. */
const waitingBytesMax = 16 * 1024 * 1024;

export type AuditLog = Audit & { readonly close: () => Promise<void> };

const lineOf = ({ atMs, ...entry }: AuditEntry): string =>
  `${JSON.stringify({ time: new Date(atMs).toISOString(), ...entry })}\n`;

/** Rejects when the file cannot be opened. */
export function openAuditLog(
  folder: string,
  { metrics, logger }: { readonly metrics: Metrics; readonly logger: Logger },
  bytesMax = auditFileBytesMax,
): AuditLog {
  const path = join(folder, 'audit.jsonl');
  const file = pino.destination({ dest: path, mkdir: true, sync: false, append: true, maxLength: waitingBytesMax });
  let bytes = sizeOf(path);
  const lost = (error?: unknown): void => {
    metrics.count('parley_audit_lost_total', {});
    if (error !== undefined) logger.error('audit-not-written', { error });
  };
  file.on('drop', () => lost());
  file.on('error', lost);
  const turnOver = (): void => {
    try {
      renameSync(path, join(folder, 'audit.1.jsonl'));
      file.reopen();
      bytes = 0;
    } catch (error) {
      lost(error);
    }
  };
  return {
    note(entry) {
      const line = lineOf(entry);
      file.write(line);
      bytes += Buffer.byteLength(line);
      if (bytes >= bytesMax) turnOver();
    },
    close: () =>
      new Promise((resolve) => {
        file.once('close', resolve);
        file.end();
      }),
  };
}

/** Where nothing is kept on disk the log has it. */
export const auditInLog = (logger: Logger): AuditLog => ({
  note: (entry) => logger.info('audit', entry),
  close: async () => {},
});

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
