/** What a rule of the house is: a name, and a function from one file to what is wrong with it. */

/** `path` is relative to the top of the repository, with forward slashes. */
export type SourceFile = { readonly path: string; readonly text: string };

export type Violation = { readonly path: string; readonly line: number; readonly message: string };

export type Rule = {
  readonly name: string;
  readonly appliesTo: (path: string) => boolean;
  readonly check: (file: SourceFile) => readonly Violation[];
};

/** One violation for each line for which `message` has something to say. Lines count from 1. */
export function checkLines({ path, text }: SourceFile, message: (line: string) => string | null): readonly Violation[] {
  return text.split('\n').flatMap((line, index) => {
    const said = message(line);
    return said === null ? [] : [{ path, line: index + 1, message: said }];
  });
}
