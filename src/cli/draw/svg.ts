import type { Ink, Scene, Shape } from './scene.js';

/** Of a sans-serif face, capitals to font size. */
const capitalShare = 0.7;

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const rounded = (value: number): string => String(Math.round(value * 100) / 100);

/** One path for each ink, instead of an element for each bar. */
function wavePaths({ x, y, halfHeight, columns }: Extract<Shape, { kind: 'wave' }>): string {
  const paths = new Map<Ink, string[]>();
  columns.forEach(({ peak, ink }, column) => {
    const reach = Math.max(0.5, peak * halfHeight);
    const bars = paths.get(ink) ?? [];
    bars.push(`M${rounded(x + column + 0.5)} ${rounded(y - reach)}v${rounded(reach * 2)}`);
    paths.set(ink, bars);
  });
  return [...paths].map(([ink, bars]) => `<path stroke="${ink}" d="${bars.join('')}"/>`).join('\n');
}

const at = ({ x, y }: Shape): string => `x="${x}" y="${y}"`;

function element(shape: Shape): string {
  switch (shape.kind) {
    case 'box':
      return `<rect ${at(shape)} width="${shape.width}" height="${shape.height}" fill="${shape.ink}"/>`;
    case 'text': {
      const size = rounded(shape.size / capitalShare);
      return `<text ${at(shape)} font-size="${size}" fill="${shape.ink}">${escaped(shape.text)}</text>`;
    }
    case 'wave':
      return wavePaths(shape);
  }
}

export function svgText({ width, height, background, shapes }: Scene): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`,
    ' font-family="system-ui, sans-serif">',
    `<rect width="${width}" height="${height}" fill="${background}"/>`,
    ...shapes.map(element),
    '</svg>',
    '',
  ].join('\n');
}
