import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { ApiProxy } from "./api-proxy.ts";

test.each([["passed on"], ["cut"]])(
  "an answer that the API breaks off is broken off when it is %s, too",
  async (how) => {
    const api = createServer((_, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => response.destroy());
    });
    api.listen(0, "127.0.0.1");
    await once(api, "listening");
    await using proxy = await ApiProxy.start(`http://127.0.0.1:${(api.address() as AddressInfo).port}`);
    if (how === "cut") proxy.arm({ fault: "cut", nth: 1 });
    await expect(fetch(proxy.url).then((response) => response.text())).rejects.toThrow(/terminated|fetch failed/);
    api.close();
  },
);
