#!/usr/bin/env node
import { launch } from "@sluice/protocol/launch";

launch("sluice-pipelines", async () => (await import("../dist/cli/resource-command.js")).runResource("pipelines"));
