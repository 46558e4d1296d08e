import { expect, test, vi } from "vitest";
import { addressOf } from "./address.ts";
import { IamToken } from "./iam.ts";

// AWS's package is not installed here; the stand-in's tokens are counted
let signed = 0;
vi.mock("@aws-sdk/rds-signer", () => ({
  Signer: class {
    async getAuthToken() {
      return `token ${(signed += 1)}`;
    }
  },
}));

test("a token serves all connections of ten minutes, then another one is signed", async () => {
  const now = vi.spyOn(performance, "now").mockReturnValue(1000);
  const token = new IamToken({ region: "eu-central-1" }, { host: "db", port: 5432, user: "app" });
  await token.refresh();
  expect(token.password).toBe("token 1");
  now.mockReturnValue(1000 + 10 * 60 * 1000 - 1);
  await token.refresh();
  expect(token.password).toBe("token 1");
  now.mockReturnValue(1000 + 10 * 60 * 1000);
  await token.refresh();
  expect(token.password).toBe("token 2");
});

test("all pools of a configuration share its token", () => {
  const config = {
    host: "db",
    port: 5432,
    user: "app",
    iam: { region: "eu-central-1" },
    ssl: { mode: "require" as const },
  };
  expect(addressOf({ ...config }).token).toBe(addressOf(config).token);
  expect(addressOf({ ...config, iam: { region: "eu-central-1" } }).token).not.toBe(addressOf(config).token);
});
