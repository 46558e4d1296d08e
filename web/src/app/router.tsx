import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { ExplorerSearch } from "../explorer/explorer-search.ts";
import { PipelinesSearch } from "../pipelines/pipelines-search.ts";
import { RunsSearch } from "../runs/runs-search.ts";
import { StatesSearch } from "../states/states-search.ts";
import { WizardSearch } from "../wizard/wizard-search.ts";
import { CrashedPage, MissingPage } from "./failure-pages.tsx";
import { Frame } from "./frame.tsx";

// Each page is a chunk of its own, which is fetched when a link to it is pointed at.
const root = createRootRoute({ component: Frame, notFoundComponent: MissingPage });

const home = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/pipelines", replace: true });
  },
});

const pipelines = createRoute({
  getParentRoute: () => root,
  path: "/pipelines",
  validateSearch: PipelinesSearch,
  component: lazyRouteComponent(() => import("../pipelines/pipelines-page.tsx"), "PipelinesPage"),
});

const wizard = createRoute({
  getParentRoute: () => root,
  path: "/pipelines/new",
  validateSearch: WizardSearch,
  component: lazyRouteComponent(() => import("../wizard/wizard-page.tsx"), "WizardPage"),
});

const pipeline = createRoute({
  getParentRoute: () => root,
  path: "/pipelines/$pipelineId",
  component: lazyRouteComponent(() => import("../pipelines/pipeline-frame.tsx"), "PipelineFrame"),
});

const overview = createRoute({
  getParentRoute: () => pipeline,
  path: "/",
  component: lazyRouteComponent(() => import("../pipelines/overview-page.tsx"), "OverviewPage"),
});

const explorer = createRoute({
  getParentRoute: () => root,
  path: "/explorer",
  validateSearch: ExplorerSearch,
  // a recording comes from the server, which gives it to whoever is logged in
  staticData: { isOpen: ({ recording }) => recording === undefined },
  component: lazyRouteComponent(() => import("../explorer/explorer-page.tsx"), "ExplorerPage"),
});

const dataOfPipeline = createRoute({
  getParentRoute: () => pipeline,
  path: "/data",
  component: lazyRouteComponent(() => import("../data/data-tab.tsx"), "DataTab"),
});

const runsOfPipeline = createRoute({
  getParentRoute: () => pipeline,
  path: "/runs",
  validateSearch: RunsSearch.pick({ status: true }),
  component: lazyRouteComponent(() => import("../pipelines/runs-tab.tsx"), "RunsTab"),
});

const streamsOfPipeline = createRoute({
  getParentRoute: () => pipeline,
  path: "/streams",
  component: lazyRouteComponent(() => import("../pipelines/streams-tab.tsx"), "StreamsTab"),
});

const states = createRoute({
  getParentRoute: () => pipeline,
  path: "/states",
  validateSearch: StatesSearch,
  component: lazyRouteComponent(() => import("../states/states-tab.tsx"), "StatesTab"),
});

const settingsOfPipeline = createRoute({
  getParentRoute: () => pipeline,
  path: "/settings",
  component: lazyRouteComponent(() => import("../pipelines/settings-tab.tsx"), "SettingsTab"),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: "/runs",
  validateSearch: RunsSearch,
  component: lazyRouteComponent(() => import("../runs/runs-page.tsx"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$runId",
  component: lazyRouteComponent(() => import("../runs/run-page.tsx"), "RunPage"),
});

const connections = createRoute({
  getParentRoute: () => root,
  path: "/connections",
  component: lazyRouteComponent(() => import("../connections/connections-page.tsx"), "ConnectionsPage"),
});

const connection = createRoute({
  getParentRoute: () => root,
  path: "/connections/$connectionId",
  component: lazyRouteComponent(() => import("../connections/connection-page.tsx"), "ConnectionPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("../settings/settings-frame.tsx"), "SettingsFrame"),
});

const settingsHome = createRoute({
  getParentRoute: () => settings,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/settings/workers", replace: true });
  },
});

const workers = createRoute({
  getParentRoute: () => settings,
  path: "/workers",
  component: lazyRouteComponent(() => import("../settings/workers-tab.tsx"), "WorkersTab"),
});

const notifications = createRoute({
  getParentRoute: () => settings,
  path: "/notifications",
  component: lazyRouteComponent(() => import("../settings/notifications-tab.tsx"), "NotificationsTab"),
});

const tokens = createRoute({
  getParentRoute: () => settings,
  path: "/tokens",
  component: lazyRouteComponent(() => import("../settings/tokens-tab.tsx"), "TokensTab"),
});

const audit = createRoute({
  getParentRoute: () => settings,
  path: "/audit",
  component: lazyRouteComponent(() => import("../settings/audit-tab.tsx"), "AuditTab"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    home,
    pipelines,
    wizard,
    pipeline.addChildren([overview, runsOfPipeline, streamsOfPipeline, dataOfPipeline, states, settingsOfPipeline]),
    runs,
    run,
    connections,
    connection,
    explorer,
    settings.addChildren([settingsHome, workers, notifications, tokens, audit]),
  ]),
  defaultPreload: "intent",
  defaultErrorComponent: CrashedPage,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** Whether the page, with what is searched for in its address, is for everybody, logged in or not. */
    isOpen?: (search: Record<string, unknown>) => boolean;
  }
}
