/** What reading a request brought to light: faults that refuse it, oddities that do not. */
import type { Warning } from '../../app/application.js';
import { assert } from '../../base/assert.js';
import { type Failure, invalidArgument, notAvailable, type Violation } from './failure.js';

/** Collects while one request is read; lives no longer than that. At most one entry a field and rule. */
export class Findings {
  readonly #violations: Violation[] = [];
  readonly #warnings: Warning[] = [];
  readonly #missing: { readonly field: string; readonly what: string }[] = [];
  #contractCode: number | null = null;
  #refusal: Failure | null = null;

  /** The request cannot be carried out; `contractCode` of the first one that has one is told. */
  violate(field: string, description: string, contractCode: number | null = null): void {
    this.#violations.push({ field, description });
    this.#contractCode ??= contractCode;
  }

  /** A default is taken instead (CONTRACT §1.2). */
  warn(code: number, field: string, message: string): void {
    this.#warnings.push({ code, field, message });
  }

  /** The field asks for `what`, which this version does not have: never ignored in silence. */
  lack(field: string, what: string): void {
    this.#missing.push({ field, what });
  }

  /** The fields are well-formed, but what one of them names can never do. The first one counts. */
  refuse(failure: Failure): void {
    this.#refusal ??= failure;
  }

  warnings(): readonly Warning[] {
    return this.#warnings;
  }

  /** Null when the request may go on. */
  failure(): Failure | null {
    if (this.#violations.length > 0) return invalidArgument(this.#violations, this.#contractCode);
    if (this.#missing.length > 0) {
      const what = [...new Set(this.#missing.map((missing) => missing.what))].join(', no ');
      return notAvailable(
        what,
        this.#missing.map(({ field }) => field),
      );
    }
    return this.#refusal;
  }

  /** For readers that have just seen a null. REQUIRES: something was found that refuses the request. */
  failed(): Failure {
    const failure = this.failure();
    assert(failure !== null, 'a field that could not be read was reported');
    return failure;
  }
}
