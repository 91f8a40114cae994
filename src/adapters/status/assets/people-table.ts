/** The table of participants. Its parts say their roles, which they would lose where they are laid out as cards. */
import { make } from './elements.js';

export type PeopleTable = {
  readonly element: HTMLElement;
  readonly rows: HTMLElement;
  /** Of the column of what may be done. */
  readonly actions: HTMLElement;
};

const heading = (text: string): HTMLElement => make('th', { role: 'columnheader', scope: 'col' }, text);

export function peopleTable(labelledBy: string): PeopleTable {
  const actions = heading('Actions');
  const headings = [...['Participant', 'Level', 'Last 30 s', 'Quality'].map(heading), actions];
  const rows = make('tbody', { role: 'rowgroup' });
  const head = make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...headings));
  const table = { class: 'people', role: 'table', 'aria-labelledby': labelledBy };
  return { element: make('table', table, head, rows), rows, actions };
}
