/** The dashboard as a page, in the grid that Grafana lays panels out in. */
import type { Dashboard, GrafanaPanel } from '../dashboard/grafana.js';
import { course, escaped, gauge, numbers } from './charts.js';
import type { Series, Span } from './prometheus.js';

const cell = { width: 75, height: 30 };
const gap = 8;
const headHeight = 30;
const legendHeight = 40;
export const pageWidth = 24 * cell.width + 2 * gap;

const style = `
  body { margin: 0; background: #111217; color: #ccccdc; font: 12px "DejaVu Sans", sans-serif; }
  .grid { stroke: #2c3235; stroke-width: 1; } svg text { fill: #9a9aa5; font-size: 11px; }
  svg text.big { fill: #fff; font-size: 30px; }
  .panel { position: absolute; box-sizing: border-box; background: #181b1f; border: 1px solid #25282e; }
  .panel { overflow: hidden; }
  .panel h2 { margin: 0; padding: 7px 10px; font-size: 13px; font-weight: 500; height: ${headHeight - 14}px; }
  .row { position: absolute; font-size: 16px; padding-top: 6px; color: #fff; }
  .legend { padding: 0 10px; line-height: 17px; max-height: 34px; overflow: hidden; }
  .legend span { margin-right: 12px; }
  .legend i { display: inline-block; width: 12px; height: 4px; margin-right: 5px; vertical-align: middle; }
  .tiles { display: flex; height: calc(100% - ${headHeight + 6}px); gap: 4px; padding: 0 6px; }
  .tile { flex: 1; color: #fff; text-align: center; padding-top: 8px; } .tile b { display: block; font-size: 24px; }
  .nothing { text-align: center; padding-top: 60px; color: #7b7b86; }
`;

export function pageOf(
  panels: Dashboard['panels'],
  seriesOf: ReadonlyMap<number, readonly Series[]>,
  span: Span,
): { readonly html: string; readonly height: number } {
  const drawn = panels.map((panel) => {
    const { gridPos, title } = panel;
    const [left, top] = [gap + gridPos.x * cell.width, gap + gridPos.y * cell.height];
    const [width, height] = [gridPos.w * cell.width - gap, gridPos.h * cell.height - gap];
    const place = `left:${left}px;top:${top}px;width:${width}px;height:${height}px`;
    if (!('targets' in panel)) return `<div class="row" style="${place}">${escaped(title)}</div>`;
    const inside = insideOf(panel, seriesOf.get(panel.id) ?? [], span, width, height);
    return `<div class="panel" style="${place}"><h2>${escaped(title)}</h2>${inside}</div>`;
  });
  const height = gap + Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * cell.height;
  const html = `<!doctype html><meta charset="utf-8"><style>${style}</style><body>${drawn.join('\n')}</body>`;
  return { html, height };
}

function insideOf(panel: GrafanaPanel, series: readonly Series[], span: Span, width: number, height: number): string {
  if (panel.type === 'stat') return numbers(panel, series);
  if (panel.type === 'gauge') return gauge(panel, series, { width: width - 2, height: height - headHeight });
  return course(panel, series, span, { width: width - 2, height: height - headHeight - legendHeight });
}
