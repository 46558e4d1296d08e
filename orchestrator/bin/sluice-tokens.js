#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("sluice-tokens", async () => (await import("../dist/cli/resource-command.js")).runResource("tokens"));
