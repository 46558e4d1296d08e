import { testConnector } from "@sluice/conformance/vitest";

await testConnector({
  command: ["python3", "conformance/examples/python/source.py"],
  plan: "conformance/examples/python/source.json",
  only: ["S1", "D1", "R4", "R5"],
});
