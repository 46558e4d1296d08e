import { expect, test } from "vitest";
import { BytePool } from "./byte-pool.ts";

const MIB = 1024 * 1024;

test("a buffer that was given back is taken again, the smallest that is large enough", () => {
  const pool = new BytePool();
  const [small, large] = [pool.take(MIB), pool.take(4 * MIB)];
  pool.give(large);
  pool.give(small);
  expect(pool.take(MIB - 1)).toBe(small);
  expect(pool.take(MIB)).toBe(large);
  expect(pool.take(MIB)).not.toBe(large);
});

test("nobody gets a buffer that another one has", () => {
  const pool = new BytePool();
  pool.give(pool.take(MIB));
  const taken = Array.from({ length: 10 }, () => pool.take(MIB));
  expect(new Set(taken).size).toBe(10);
});

test("what is kept is bounded: few, neither the tiny nor the huge", () => {
  const pool = new BytePool();
  const given: Buffer[] = [10, MIB, 2 * MIB, 3 * MIB, 4 * MIB, 5 * MIB, 17 * MIB].map((bytes) => Buffer.alloc(bytes));
  for (const buffer of given) pool.give(buffer);
  const kept = Array.from({ length: 10 }, () => pool.take(MIB)).filter((buffer) => given.includes(buffer));
  expect(kept.map(({ length }) => length / MIB)).toEqual([2, 3, 4, 5]);
});
