import { expect, test, vi } from "vitest";
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
