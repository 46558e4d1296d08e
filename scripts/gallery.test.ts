import { expect, test } from "vitest";
import { galleryPage } from "./gallery.ts";

test("the gallery of connectors in the README is what their specs say", async () => {
  const { text, current } = await galleryPage();
  expect(current).toContain("[destination-google-sheets](docs/connectors/destination-google-sheets.md)");
  // to write it: node --conditions=@sluice/source scripts/gallery.ts
  expect(text).toBe(current);
});
