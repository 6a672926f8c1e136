import { colours } from '../../src/output/colour.ts';

/** One thing that the tour shows, on real servers. */
export interface Proof {
  readonly part:
    | 'bootstrap'
    | 'AWS session'
    | 'KV secret'
    | 'engines'
    | 'Infisical'
    | 'UniFi'
    | 'GitHub'
    | 'proxy';
  readonly claim: string;
  /** What the server said, without any secret. */
  readonly observed: string;
  readonly proved: boolean;
}

/** Collects proofs, and shows each as it comes. */
export class Proofs {
  readonly all: Proof[] = [];

  constructor(private readonly show: (line: string) => void) {}

  /** `work` succeeds; what it returns is shown. */
  async allowed(part: Proof['part'], claim: string, work: () => Promise<string>): Promise<void> {
    try {
      this.add({ part, claim, observed: await work(), proved: true });
    } catch (error) {
      this.add({ part, claim, observed: messageOf(error), proved: false });
    }
  }

  /** `work` is refused with these words; any other failure proves nothing. */
  async denied(
    part: Proof['part'],
    claim: string,
    words: RegExp,
    work: () => Promise<unknown>,
  ): Promise<void> {
    try {
      await work();
      this.add({ part, claim, observed: 'it was ALLOWED', proved: false });
    } catch (error) {
      const observed = messageOf(error);
      this.add({ part, claim, observed, proved: words.test(observed) });
    }
  }

  private add(proof: Proof): void {
    this.all.push(proof);
    const mark = proof.proved ? colours.green('proved') : colours.red('FAILED');
    this.show(`${mark}  ${proof.claim}`);
    this.show(`        ${colours.dim(short(proof.observed))}`);
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s+/g, ' ').trim();
}

function short(text: string): string {
  return text.length <= 110 ? text : `${text.slice(0, 107)}...`;
}
