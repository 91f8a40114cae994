/** Numbers of a unit as Grafana writes them, nearly. */
import type { Unit } from '../dashboard/panel.js';

const short = (value: number, steps: readonly string[], base: number): string => {
  let [rest, step] = [Math.abs(value), 0];
  while (rest >= base && step < steps.length - 1) [rest, step] = [rest / base, step + 1];
  const digits = rest === 0 || rest >= 100 || Number.isInteger(rest) ? 0 : rest >= 10 ? 1 : 2;
  return `${value < 0 ? '-' : ''}${Number(rest.toFixed(digits))}${steps[step]}`;
};

function seconds(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0 s';
  if (size < 1e-3) return `${Number((value * 1e6).toPrecision(3))} µs`;
  if (size < 1) return `${Number((value * 1e3).toPrecision(3))} ms`;
  if (size < 120) return `${Number(value.toPrecision(3))} s`;
  if (size < 7200) return `${Number((value / 60).toPrecision(3))} min`;
  return size < 172_800 ? `${Number((value / 3600).toPrecision(3))} h` : `${Math.round(value / 86_400)} days`;
}

export function numberText(value: number, unit: Unit): string {
  switch (unit) {
    case 's':
      return seconds(value);
    case 'bytes':
      return short(value, [' B', ' KiB', ' MiB', ' GiB', ' TiB'], 1024);
    case 'Bps':
      return short(value, [' B/s', ' kB/s', ' MB/s'], 1000);
    case 'percentunit':
      return `${Number((value * 100).toPrecision(3))} %`;
    case 'ops':
      return `${short(value, ['', ' K', ' M'], 1000)}/s`;
    case 'dB':
      return `${Number(value.toPrecision(3))} dB`;
    default:
      return short(value, ['', ' K', ' M'], 1000);
  }
}
