import { outcomeOf, type Answer, type Question, type Tried } from './case.ts';

/** Ctrl-C, or the end of a service: what was made is given up, and nothing more is tried. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** The server does not answer any more: what would follow is not worth the waiting. */
export class Gone extends Error {
  override readonly name = 'Gone';
}

/** Collects what was tried, and tells each surprise as it comes. */
export class Results {
  readonly all: Tried[] = [];

  constructor(
    private readonly progress: (line: string) => void,
    private readonly signal: AbortSignal,
  ) {}

  part(title: string): void {
    this.check();
    this.progress(title);
  }

  /** @throws Interrupted  before the next request goes out */
  check(): void {
    if (this.signal.aborted) throw new Interrupted();
  }

  add(question: Question, way: string, { got, said }: Answer): void {
    const { who, kind, tries, expected } = question;
    const tried: Tried = { who, kind, tries, expected, got, way, said };
    this.all.push(tried);
    const outcome = outcomeOf(tried);
    if (outcome === 'open') this.progress(`OPEN: ${who}: ${tries} works, and must not`);
    if (outcome === 'shut') this.progress(`SHUT: ${who}: ${tries} does not work: ${said}`);
  }

  async try(question: Question, way: string, work: () => Promise<Answer>): Promise<Answer> {
    this.check();
    const answer = await work();
    this.add(question, way, answer);
    if (answer.got === 'could not' && /cannot reach OpenBao|is sealed/.test(answer.said)) {
      throw new Gone(answer.said);
    }
    return answer;
  }

  notTried(question: Question, said: string): void {
    this.add(question, '-', { got: 'not tried', said });
  }

  couldNot(question: Question, said: string): void {
    this.add(question, '-', { got: 'could not', said });
  }
}
