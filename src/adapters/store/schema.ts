/**
 * The tables, as the migrations that made them. Forward only: a migration that was released is never changed, the next
 * one is added below it, and a test opens a database of every earlier version. `user_version` says how many were made.
 */
import type { DatabaseSyncInstance } from '@photostructure/sqlite';

export const migrations: readonly string[] = [
  `
  CREATE TABLE account (
    sid TEXT PRIMARY KEY,
    newest_cursor INTEGER NOT NULL,
    oldest_cursor INTEGER NOT NULL,
    queued INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  -- rowid: the order in which they came to be. state: JSON, without the participants.
  CREATE TABLE conference (
    number INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    is_live INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    next_sequence INTEGER NOT NULL,
    state TEXT NOT NULL
  ) STRICT;
  CREATE INDEX conference_of_account ON conference (account, number);
  CREATE INDEX conference_live ON conference (number) WHERE is_live = 1;
  CREATE INDEX conference_completed ON conference (updated_at) WHERE is_live = 0;

  -- One row for each time a call was in. left_at, left_reason: null while it is.
  CREATE TABLE participant (
    number INTEGER PRIMARY KEY,
    conference TEXT NOT NULL,
    call TEXT NOT NULL,
    left_at INTEGER,
    left_reason TEXT,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX participant_of_conference ON participant (conference, call);

  CREATE TABLE event (
    account TEXT NOT NULL,
    cursor INTEGER NOT NULL,
    conference TEXT NOT NULL,
    at INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (account, cursor)
  ) STRICT, WITHOUT ROWID;

  -- number: the order of committing. is_first: nothing of its line is before it, so it may be sent once due.
  CREATE TABLE outbox (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    account TEXT NOT NULL,
    line TEXT NOT NULL,
    receiver TEXT NOT NULL,
    is_first INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX outbox_line ON outbox (line, number);
  CREATE INDEX outbox_due ON outbox (receiver, due_at, number) WHERE is_first = 1;

  CREATE TABLE dead_letter (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    account TEXT NOT NULL,
    line TEXT NOT NULL,
    receiver TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    died_at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX dead_letter_of_account ON dead_letter (account, number);
  `,
  `
  -- The trace of the command that the event came of; empty for one from before there were any.
  ALTER TABLE event ADD COLUMN trace TEXT NOT NULL DEFAULT '';
  `,
  `
  -- Written now and then, so that it is known of a disk whether it writes.
  CREATE TABLE pulse (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL
  ) STRICT;
  INSERT INTO pulse VALUES (1, 0);
  `,
  `
  -- What an operator asks of one account reads no row of another.
  CREATE INDEX outbox_of_account ON outbox (account, number);
  CREATE INDEX dead_letter_by_id ON dead_letter (account, id, number);
  `,
  `
  -- One row for each until it is deleted. call: null for one of a conference. bytes: of its files. data: JSON.
  CREATE TABLE recording (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    sid TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL,
    conference TEXT NOT NULL,
    call TEXT,
    status TEXT NOT NULL,
    is_over INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    data TEXT NOT NULL
  ) STRICT;
  CREATE INDEX recording_of_account ON recording (account, number);
  CREATE INDEX recording_of_conference ON recording (conference, number);
  CREATE INDEX recording_unfinished ON recording (number) WHERE is_over = 0;
  CREATE INDEX recording_by_age ON recording (created_at) WHERE is_over = 1;
  `,
  `
  -- Calls that the platform is making or has made for Parley, until they are over.
  CREATE TABLE origination (
    account TEXT NOT NULL,
    call TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (account, call)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- What lists are filtered and ordered by, so that a page of one reads what it shows. They change seldom or never.
  ALTER TABLE conference ADD COLUMN room TEXT NOT NULL DEFAULT '';
  ALTER TABLE conference ADD COLUMN phase TEXT NOT NULL DEFAULT '';
  ALTER TABLE conference ADD COLUMN created_at INTEGER NOT NULL DEFAULT 0;
  UPDATE conference SET
    room = coalesce(json_extract(state, '$.room'), ''),
    phase = coalesce(json_extract(state, '$.phase'), ''),
    created_at = CAST(coalesce(json_extract(state, '$.createdAtMs'), updated_at) AS INTEGER);
  -- So that one of another account is not even found: reading it would take time.
  CREATE UNIQUE INDEX conference_by_sid ON conference (account, sid);
  CREATE INDEX conference_by_creation ON conference (account, created_at, number);
  CREATE INDEX conference_by_room ON conference (account, room, created_at, number);
  CREATE INDEX conference_by_phase ON conference (account, phase, created_at, number);
  ALTER TABLE participant ADD COLUMN joined_at INTEGER NOT NULL DEFAULT 0;
  UPDATE participant SET joined_at = CAST(coalesce(json_extract(data, '$.joinedAtMs'), 0) AS INTEGER);
  CREATE INDEX participant_by_joining ON participant (conference, joined_at, number);
  CREATE INDEX recording_of_call ON recording (call, number) WHERE call IS NOT NULL;
  `,
];

/** Throws when the database is of a newer version than this one knows. */
export function migrate(database: DatabaseSyncInstance, steps: readonly string[] = migrations): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get();
  if (version > steps.length) {
    throw new Error(`the store is of version ${version}, and this Parley knows versions up to ${steps.length}`);
  }
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}
