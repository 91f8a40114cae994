/** What the rules of Prometheus say of an alert, so that the dashboard draws the line where the alert does. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

export type Alert = {
  readonly name: string;
  readonly severity: 'page' | 'ticket';
  /** Told when what is measured is so; null: it compares no one number. */
  readonly told: { readonly when: '<' | '>' | '=='; readonly than: number } | null;
};

type Rule = { readonly alert?: string; readonly expr: string; readonly labels?: { readonly severity: string } };
type Rules = { readonly groups: readonly { readonly rules: readonly Rule[] }[] };

/** Of `deploy/prometheus/rules.yml`, by name, in its order. */
export function readAlerts(file: string): ReadonlyMap<string, Alert> {
  const { groups } = parse(readFileSync(file, 'utf8')) as Rules;
  return new Map(
    groups.flatMap(({ rules }) =>
      rules.flatMap(({ alert, expr, labels }) =>
        alert === undefined
          ? []
          : [[alert, { name: alert, severity: labels?.severity === 'page' ? 'page' : 'ticket', told: toldBy(expr) }]],
      ),
    ),
  );
}

/** A comparison with a number at the end of an expression, and none before it. */
function toldBy(expr: string): Alert['told'] {
  const text = expr.trim();
  const [, before = '', when, than] = /^(.*?)\s*(<|>|==)\s*([\d.]+)$/s.exec(text) ?? [];
  if (when === undefined || /[<>]|==| and | or /.test(before)) return null;
  return { when: when as '<' | '>' | '==', than: Number(than) };
}
