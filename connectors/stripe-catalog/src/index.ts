export * from "./browser.ts";
export { catalogOfVersion, listVersions, type LoadOptions } from "./load/load-catalog.ts";
