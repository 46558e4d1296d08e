import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { PipelinesSearch } from "../pipelines/pipelines-search.ts";
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
  staticData: { isOpen: true },
  component: lazyRouteComponent(() => import("../explorer/explorer-page.tsx"), "ExplorerPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([home, pipelines, wizard, pipeline.addChildren([overview]), explorer]),
  defaultPreload: "intent",
  defaultErrorComponent: CrashedPage,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** Whether the page is for everybody, logged in or not. */
    isOpen?: boolean;
  }
}
