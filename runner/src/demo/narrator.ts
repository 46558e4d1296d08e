/** Tells a person what the demo is doing; with --json all of it goes to stderr, so that stdout holds the one line. */
export class Narrator {
  readonly #stream: NodeJS.WriteStream;
  #lastLength = 0;
  #lastAtMs = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  say(text: string): void {
    this.#clear();
    this.#stream.write(text + "\n");
  }

  /** Shows how far a step is: in place on a terminal, elsewhere a line every two seconds. */
  progress(text: string): void {
    const everyMs = this.#stream.isTTY ? 100 : 2000;
    if (performance.now() - this.#lastAtMs < everyMs) return;
    this.#lastAtMs = performance.now();
    if (!this.#stream.isTTY) {
      this.#stream.write(text + "\n");
      return;
    }
    this.#clear();
    this.#stream.write(text);
    this.#lastLength = text.length;
  }

  #clear(): void {
    if (this.#lastLength === 0) return;
    this.#stream.cursorTo(0);
    this.#stream.clearLine(0);
    this.#lastLength = 0;
  }
}
