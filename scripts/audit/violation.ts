/** A broken rule: which, where (a path from the root of the tree) and what about it. */
export interface Violation {
  rule: string;
  path: string;
  message: string;
}
