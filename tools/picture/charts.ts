/** What is drawn inside a panel: a course of time as SVG, a number, a part of a whole. */
import type { GrafanaPanel } from '../dashboard/grafana.js';
import { numberText } from './numbers.js';
import type { Series, Span } from './prometheus.js';

const palette = ['#73bf69', '#f2cc0c', '#5794f2', '#ff9830', '#f2495c', '#b877d9', '#37872d', '#fade2a', '#8ab8ff'];
const colours: Readonly<Record<string, string>> = {
  green: '#56a64b',
  orange: '#ff780a',
  red: '#e02f44',
  yellow: '#f2cc0c',
};
const margin = { left: 62, right: 12, top: 8, bottom: 20 };
const legendsShown = 6;

export const escaped = (text: string): string =>
  text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');

const colourAt = (index: number): string => palette[index % palette.length] ?? '#fff';

/** 1, 2 or 5 of a power of ten, so that there are about four of them. */
function niceStep(range: number): number {
  const rough = range / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
}

/** Each upon those before it, at the moments that any of them has. */
function stackedOf(series: readonly Series[]): readonly Series[] {
  const below = new Map<number, number>();
  return series.map(({ name, points }) => ({
    name,
    points: points.map(([at, value]) => {
      const top = (below.get(at) ?? 0) + value;
      below.set(at, top);
      return [at, top] as const;
    }),
  }));
}

type Frame = { readonly width: number; readonly height: number };

export function course(panel: GrafanaPanel, series: readonly Series[], span: Span, { width, height }: Frame): string {
  if (series.length === 0) return '<div class="nothing">No data</div>';
  const { defaults } = panel.fieldConfig;
  const isStacked = defaults.custom?.stacking.mode === 'normal';
  const drawn = isStacked ? stackedOf(series) : series;
  const values = drawn.flatMap(({ points }) => points.map(([, value]) => value));
  const { min } = defaults;
  const low = min ?? Math.min(...values);
  const most = Math.max(...values, low);
  const high = most > low ? most : low + 1;
  const step = niceStep(high - low);
  const [bottom, top] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  const x = (at: number): number =>
    margin.left + ((at - span.from) / (span.to - span.from)) * (width - margin.left - margin.right);
  const y = (value: number): number =>
    height - margin.bottom - ((value - bottom) / (top - bottom)) * (height - margin.top - margin.bottom);
  const parts: string[] = [];
  for (let tick = bottom; tick <= top + step / 2; tick += step) {
    parts.push(`<line class="grid" x1="${margin.left}" x2="${width - margin.right}" y1="${y(tick)}" y2="${y(tick)}"/>`);
    parts.push(
      `<text x="${margin.left - 6}" y="${y(tick) + 4}" text-anchor="end">${numberText(tick, defaults.unit)}</text>`,
    );
  }
  for (let part = 0; part <= 4; part += 1) {
    const at = span.from + (part / 4) * (span.to - span.from);
    const text = new Date(at * 1000).toISOString().slice(11, 16);
    const anchor = part === 4 ? 'end' : 'middle';
    parts.push(`<text x="${x(at)}" y="${height - 4}" text-anchor="${anchor}">${text}</text>`);
  }
  // Those below are drawn last, so that no area hides them.
  const order = drawn.map((each, index) => ({ ...each, index }));
  for (const { points, index } of isStacked ? order.reverse() : order) {
    const path = points.map(([at, value]) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`);
    const [first, last] = [points[0]?.[0] ?? 0, points.at(-1)?.[0] ?? 0];
    const floor = y(bottom).toFixed(1);
    const area = `${x(first).toFixed(1)},${floor} ${path.join(' ')} ${x(last).toFixed(1)},${floor}`;
    const opacity = isStacked ? 0.55 : 0.08;
    parts.push(`<polygon points="${area}" fill="${colourAt(index)}" fill-opacity="${opacity}"/>`);
    parts.push(`<polyline points="${path.join(' ')}" fill="none" stroke="${colourAt(index)}" stroke-width="1.5"/>`);
  }
  if (defaults.custom?.thresholdsStyle.mode === 'dashed') {
    for (const { value } of defaults.thresholds.steps) {
      if (value === null || value < bottom || value > top) continue;
      const named = defaults.thresholds.steps.find(({ color }) => color !== 'green')?.color ?? 'red';
      parts.push(
        `<line x1="${margin.left}" x2="${width - margin.right}" y1="${y(value)}" y2="${y(value)}" ` +
          `stroke="${colours[named]}" stroke-width="1.5" stroke-dasharray="6 5"/>`,
      );
    }
  }
  return `<svg width="${width}" height="${height}">${parts.join('')}</svg>${legend(series)}`;
}

function legend(series: readonly Series[]): string {
  const shown = series.slice(0, legendsShown).map(({ name }, index) => {
    return `<span><i style="background:${colourAt(index)}"></i>${escaped(name)}</span>`;
  });
  const more = series.length - shown.length;
  return `<div class="legend">${shown.join('')}${more > 0 ? `<span>and ${more} more</span>` : ''}</div>`;
}

const colourOf = (panel: GrafanaPanel, value: number): string => {
  const step = panel.fieldConfig.defaults.thresholds.steps.filter((each) => each.value === null || value >= each.value);
  return colours[step.at(-1)?.color ?? 'green'] ?? '#56a64b';
};

export function numbers(panel: GrafanaPanel, series: readonly Series[]): string {
  if (series.length === 0) return '<div class="nothing">No data</div>';
  const { unit, mappings } = panel.fieldConfig.defaults;
  const tiles = series.map(({ name, points }) => {
    const value = points.at(-1)?.[1] ?? 0;
    const options: Readonly<Record<string, { readonly text: string }>> = mappings[0]?.options ?? {};
    const text = options[String(value)]?.text ?? numberText(value, unit);
    return `<div class="tile" style="background:${colourOf(panel, value)}"><b>${text}</b>${escaped(name)}</div>`;
  });
  return `<div class="tiles">${tiles.join('')}</div>`;
}

export function gauge(panel: GrafanaPanel, series: readonly Series[], { width, height }: Frame): string {
  const [first] = series;
  if (first === undefined) return '<div class="nothing">No data</div>';
  const value = first.points.at(-1)?.[1] ?? 0;
  const { unit, max = 1 } = panel.fieldConfig.defaults;
  const radius = Math.min(width / 2 - 30, height - 60);
  const [centreX, centreY] = [width / 2, height - 30];
  const arc = (share: number, colour: string): string => {
    const angle = Math.PI * (1 - Math.min(1, Math.max(0, share)));
    const [endX, endY] = [centreX + radius * Math.cos(angle), centreY - radius * Math.sin(angle)];
    const path = `M ${centreX - radius} ${centreY} A ${radius} ${radius} 0 0 1 ${endX} ${endY}`;
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="26"/>`;
  };
  return (
    `<svg width="${width}" height="${height}">${arc(1, '#2c3235')}${arc(value / max, colourOf(panel, value))}` +
    `<text x="${centreX}" y="${centreY - 8}" text-anchor="middle" class="big">${numberText(value, unit)}</text>` +
    `<text x="${centreX}" y="${centreY + 18}" text-anchor="middle">${escaped(first.name)}</text></svg>`
  );
}
