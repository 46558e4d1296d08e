/**
 * Yields how many records are stored: what is committed is all that the destination has dealt with for good, and so has
 * those that it rejected in it.
 */
export function storedRecords({ committed, rejected }: { committed: number; rejected: number }): number {
  return committed - rejected;
}
