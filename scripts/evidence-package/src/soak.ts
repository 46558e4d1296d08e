export interface SoakContext {
  /** Tells a person on stderr what is going on. */
  note(message: string): void;
}

/** What is open while a proof runs: a database, an emulator, a folder. */
export interface SoakSession extends AsyncDisposable {
  /** Resolves to the number of cases that held; everything random in them comes from the seed. Rejects when one does not. Called for several seeds at once where the proof says so. */
  prove(seed: number): Promise<number>;
}

/** A long proof: `<package>/soak/NAME.ts` exports one as `soak`, and `npm run soak -- NAME` runs it. */
export interface Soak {
  /** A sentence that holds for every seed, for docs/proofs.md. */
  proves: string;
  /** How many seeds make the proof; fewer are a sample, which is not written down. */
  seeds: number;
  /** How many seeds the tests run each time; they should take a few seconds. 0 where other tests run the same. */
  sampleSeeds: number;
  /** How many seeds may run at the same time, for a proof that mostly waits; one after the other when left out. */
  concurrency?: number;
  open(context: SoakContext): Promise<SoakSession>;
}
