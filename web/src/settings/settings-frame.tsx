import { Link, Outlet } from "@tanstack/react-router";
import { PageHeader } from "../app/page-header.tsx";
import { TabLinks } from "../controls/tab-links.tsx";

const PARTS = [
  { to: "/settings/workers", name: "Workers and queue" },
  { to: "/settings/notifications", name: "Notifications" },
  { to: "/settings/tokens", name: "Tokens" },
  { to: "/settings/audit", name: "Audit log" },
] as const;

/** What every page about the installation stands in. */
export function SettingsFrame() {
  return (
    <>
      <PageHeader title="Settings" />
      <TabLinks label="Parts of the settings">
        {PARTS.map(({ to, name }) => (
          <Link key={to} to={to}>
            {name}
          </Link>
        ))}
      </TabLinks>
      <Outlet />
    </>
  );
}
