import type { World } from "./world.ts";

/** The fields of an object that tie it to others or that make it lifelike; the schema's blank form gives the rest. */
type Fields = Record<string, unknown>;

/** Makes the fields of the object at a position of a stream. */
export type Blueprint = (world: World, position: number) => Fields;

/** How many objects a stream has by default, what its objects belong to, and how they are made. */
export type LinkedStream = { count: number; owner?: string; fields: Blueprint };

/** Yields the id at a position, or null where there is no such object. */
export function idOrNull(world: World, stream: string, position: number | undefined): string | null {
  return position === undefined ? null : world.id(stream, position);
}
