/** A web application that answers with the documents a test gives it, and remembers what it was asked. */
import type { DocumentAnswer, DocumentRequest, Documents } from '../../src/app/ports.js';

export type AskedFor = {
  readonly method: string;
  readonly url: string;
  readonly parameters: Readonly<Record<string, string>>;
};

export class FakeDocuments implements Documents {
  readonly asked: AskedFor[] = [];
  readonly #answers = new Map<string, DocumentAnswer | Promise<DocumentAnswer>>();

  /** The verbs of a `<Response>`; a number: the code it fails with; else an answer as it is. */
  answer(url: string, answer: string | number | Promise<DocumentAnswer>): void {
    if (typeof answer === 'number') this.#answers.set(url, { kind: 'failed', code: answer, rule: 'as the test says' });
    else if (typeof answer !== 'string') this.#answers.set(url, answer);
    else this.#answers.set(url, answered(url, answer));
  }

  async fetch({ target, parameters }: DocumentRequest): Promise<DocumentAnswer> {
    this.asked.push({ method: target.method, url: target.url, parameters: Object.fromEntries(parameters) });
    return this.#answers.get(target.url) ?? { kind: 'failed', code: 11_217, rule: 'the answer was 404' };
  }
}

export const answered = (url: string, verbs: string): DocumentAnswer => ({
  kind: 'answered',
  url,
  body: new TextEncoder().encode(`<Response>${verbs}</Response>`),
});
