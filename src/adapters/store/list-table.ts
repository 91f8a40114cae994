/**
 * Pages of lists, read by an index: filters, order, place and length are part of the query, so that a page costs what
 * it shows and not what an account has. Statements are made once for each set of filters that is asked for.
 */
import type { Page, PageStart, Position } from '../../app/paging.js';
import type { Database } from './database.js';
import type { ConferenceQuery, ConferenceRow, ListRows, ParticipantQuery, ParticipantRow } from './list-protocol.js';

type Bound = string | number;
type Clause = { readonly sql: string; readonly values: readonly Bound[] };

/** A place in a list as the rows have it; `number` null: of a row that is gone, so that those of its moment count. */
type Place = { readonly at: number; readonly number: number | null };

type ListOf = {
  readonly columns: string;
  readonly table: string;
  /** Named, for the planner has no statistics to choose by. */
  readonly index: string;
  /** Of the two, each of one direction: what the list is ordered by. */
  readonly atColumn: string;
  /** Of the list as it is shown. */
  readonly isNewestFirst: boolean;
};

const conferenceList: Omit<ListOf, 'index'> = {
  columns: '*',
  table: 'conference',
  atColumn: 'created_at',
  isNewestFirst: true,
};
const participantList: ListOf = {
  columns: 'number, call, data, left_at, left_reason',
  table: 'participant',
  index: 'participant_by_joining',
  atColumn: 'joined_at',
  isNewestFirst: false,
};

type Row = { readonly number: number };

export class ListTable {
  readonly #database: Database;
  /** As many as there are sets of filters, times places: some hundred at most. */
  readonly #statements = new Map<string, ReturnType<Database['prepare']>>();

  constructor(database: Database) {
    this.#database = database;
  }

  conferences({ account, page, ...filter }: ConferenceQuery): ListRows<ConferenceRow> {
    const clauses = [
      equals('account', account),
      equals('room', filter.room),
      equals('phase', filter.status),
      atLeast('created_at', filter.createdFromMs),
      atMost('created_at', lesser(filter.createdUntilMs, filter.updatedUntilMs)),
      atLeast('updated_at', filter.updatedFromMs),
      atMost('updated_at', filter.updatedUntilMs),
    ].flat();
    const numberOf = ({ sid }: Position): number | null =>
      this.#get('SELECT number FROM conference WHERE sid = ? AND account = ?', [sid, account])?.number ?? null;
    const by = filter.room !== null ? 'room' : filter.status !== null ? 'phase' : 'creation';
    return this.#page({ ...conferenceList, index: `conference_by_${by}` }, clauses, page, numberOf);
  }

  participants({ account, conference, page, ...filter }: ParticipantQuery): ListRows<ParticipantRow> {
    // Whose conference it is stands with the conference alone.
    if (this.#get('SELECT number FROM conference WHERE sid = ? AND account = ?', [conference, account]) === undefined) {
      return { rows: [], isMoreBefore: false, isMoreBehind: false };
    }
    const clauses = [
      equals('conference', conference),
      flag("json_extract(data, '$.muted')", filter.muted),
      presence("json_extract(data, '$.hold')", filter.held),
      presence("json_extract(data, '$.coaching')", filter.coaching),
    ].flat();
    const numberOf = ({ sid, atMs }: Position): number | null =>
      this.#get('SELECT number FROM participant WHERE conference = ? AND call = ? AND joined_at = ?', [
        ...[conference, sid, atMs],
      ])?.number ?? null;
    return this.#page(participantList, clauses, page, numberOf);
  }

  #page<R extends Row>(
    list: ListOf,
    clauses: readonly Clause[],
    { size, start }: { readonly size: number; readonly start: PageStart },
    numberOf: (position: Position) => number | null,
  ): ListRows<R> {
    if (start === null || start.side === 'skip') {
      const skip = start?.count ?? 0;
      const rows = this.#select<R>(list, clauses, 'behind', { limit: size + 1, skip });
      const isMoreBefore = skip > 0 && this.#select<R>(list, clauses, 'behind', { limit: 1, skip: 0 }).length > 0;
      return { rows: rows.slice(0, size), isMoreBehind: rows.length > size, isMoreBefore };
    }
    const place: Place = { at: start.position.atMs, number: numberOf(start.position) };
    if (start.side === 'after') {
      const rows = this.#select<R>(list, [...clauses, behind(list, place)], 'behind', { limit: size + 1, skip: 0 });
      const earlier = this.#select<R>(list, [...clauses, notBehind(list, place)], 'before', { limit: 1, skip: 0 });
      return { rows: rows.slice(0, size), isMoreBehind: rows.length > size, isMoreBefore: earlier.length > 0 };
    }
    const rows = this.#select<R>(list, [...clauses, before(list, place)], 'before', { limit: size + 1, skip: 0 });
    const later = this.#select<R>(list, [...clauses, notBefore(list, place)], 'behind', { limit: 1, skip: 0 });
    const isMoreBefore = rows.length > size;
    return { rows: rows.slice(0, size).reverse(), isMoreBehind: later.length > 0, isMoreBefore };
  }

  /** `way`: in the order of the list, or against it. */
  #select<R extends Row>(
    { columns, table, index, atColumn, isNewestFirst }: ListOf,
    clauses: readonly Clause[],
    way: 'behind' | 'before',
    { limit, skip }: { readonly limit: number; readonly skip: number },
  ): readonly R[] {
    const order = isNewestFirst === (way === 'behind') ? 'DESC' : 'ASC';
    const where = clauses.map(({ sql }) => sql).join(' AND ');
    const from = `SELECT ${columns} FROM ${table} INDEXED BY ${index} WHERE ${where}`;
    const text = `${from} ORDER BY ${atColumn} ${order}, number ${order} LIMIT ? OFFSET ?`;
    return this.#statement(text).all(...clauses.flatMap(({ values }) => values), limit, skip);
  }

  #get(text: string, values: readonly Bound[]): Row | undefined {
    return this.#statement(text).get(...values);
  }

  #statement(text: string): ReturnType<Database['prepare']> {
    const known = this.#statements.get(text) ?? this.#database.prepare(text);
    this.#statements.set(text, known);
    return known;
  }
}

const clause = (sql: string, ...values: readonly Bound[]): Clause => ({ sql, values });

const equals = (column: string, value: Bound | null): readonly Clause[] =>
  value === null ? [] : [clause(`${column} = ?`, value)];
const atLeast = (column: string, value: number | null): readonly Clause[] =>
  value === null ? [] : [clause(`${column} >= ?`, value)];
const atMost = (column: string, value: number | null): readonly Clause[] =>
  value === null ? [] : [clause(`${column} <= ?`, value)];
const flag = (sql: string, value: boolean | null): readonly Clause[] =>
  value === null ? [] : [clause(`${sql} = ?`, value ? 1 : 0)];
const presence = (sql: string, value: boolean | null): readonly Clause[] =>
  value === null ? [] : [clause(`${sql} IS ${value ? 'NOT ' : ''}NULL`)];

/** What was updated by then was created by then: the index has that. */
const lesser = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.min(one, other);

const place = (list: ListOf, comparison: '<' | '>' | '<=' | '>=', { at, number }: Place): Clause =>
  number === null
    ? clause(`${list.atColumn} ${comparison} ?`, at)
    : clause(`(${list.atColumn}, number) ${comparison} (?, ?)`, at, number);

const behind = (list: ListOf, at: Place): Clause => place(list, list.isNewestFirst ? '<' : '>', at);
const notBehind = (list: ListOf, at: Place): Clause => place(list, list.isNewestFirst ? '>=' : '<=', at);
/** Those of the moment of a row that is gone are before it, as `pageOf` has it. */
const before = (list: ListOf, at: Place): Clause =>
  place(list, at.number === null ? (list.isNewestFirst ? '>=' : '<=') : list.isNewestFirst ? '>' : '<', at);
const notBefore = (list: ListOf, at: Place): Clause =>
  place(list, at.number === null ? (list.isNewestFirst ? '<' : '>') : list.isNewestFirst ? '<=' : '>=', at);

export const mapRows = <R, T>({ rows, ...around }: ListRows<R>, map: (row: R) => T): ListRows<T> => ({
  ...around,
  rows: rows.map(map),
});

/** The page that rows make; `positionOf` names where it begins and ends. */
export function pageOfRows<T>(
  { rows, isMoreBefore, isMoreBehind }: ListRows<T>,
  positionOf: (item: T) => Position,
): Page<T> {
  const [first, last] = [rows[0], rows.at(-1)];
  return {
    items: rows,
    next: last !== undefined && isMoreBehind ? positionOf(last) : null,
    previous: first !== undefined && isMoreBefore ? positionOf(first) : null,
  };
}
