/** A picture as a list of shapes, painted in order; `svg.ts` and `png.ts` each make a file of it. */

/** `#rrggbb`. */
export type Ink = `#${string}`;

export type Shape =
  | {
      readonly kind: 'box';
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly ink: Ink;
    }
  | {
      readonly kind: 'text';
      readonly x: number;
      /** Of the baseline. */
      readonly y: number;
      /** Height of a capital, pixels. */
      readonly size: number;
      readonly text: string;
      readonly ink: Ink;
    }
  | {
      /** One vertical bar for each pixel column from `x` on, around the line at `y`. */
      readonly kind: 'wave';
      readonly x: number;
      readonly y: number;
      /** What a bar of 1 measures above and below the line, pixels. */
      readonly halfHeight: number;
      /** Peak of each column, 0 to 1, and its ink. */
      readonly columns: readonly { readonly peak: number; readonly ink: Ink }[];
    };

export type Scene = {
  readonly width: number;
  readonly height: number;
  readonly background: Ink;
  readonly shapes: readonly Shape[];
};
