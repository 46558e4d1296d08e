/** The API version that the catalog describes. */
export const catalogVersion = "2026-10-28.endive";
