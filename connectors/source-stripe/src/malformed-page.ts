/** A body that is not one whole list of Stripe's: cut off, or something else altogether. Worth another request. */
export class MalformedPage extends Error {
  constructor(what: string, at: number) {
    super(`the answer is not a whole list (${what} at byte ${at})`);
    this.name = "MalformedPage";
  }
}
