import { Link, Outlet } from "@tanstack/react-router";
import { PageHeader } from "../app/page-header.tsx";
import { TabLinks } from "../controls/tab-links.tsx";
import { useMay } from "../session/session.ts";

const PARTS = [
  { to: "/settings/workers", name: "Workers and queue", isForAdmins: false },
  { to: "/settings/notifications", name: "Notifications", isForAdmins: true },
  { to: "/settings/tokens", name: "Tokens", isForAdmins: true },
  { to: "/settings/audit", name: "Audit log", isForAdmins: true },
] as const;

/** What every page about the installation stands in. */
export function SettingsFrame() {
  const isAdmin = useMay("admin");
  return (
    <>
      <PageHeader title="Settings" />
      <TabLinks label="Parts of the settings">
        {PARTS.filter(({ isForAdmins }) => isAdmin || !isForAdmins).map(({ to, name }) => (
          <Link key={to} to={to}>
            {name}
          </Link>
        ))}
      </TabLinks>
      <Outlet />
    </>
  );
}
