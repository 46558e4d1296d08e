import { useQueryClient } from "@tanstack/react-query";
import { api, type Schemas } from "../api/client.ts";

type Role = Schemas["Token"]["role"];
const RANKS: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** Said where others see what they may not change. */
export const FOR_ADMINS = "An admin may change this.";

/** Yields the token that this browser is logged in with. */
export function useSession(): Schemas["Token"] | undefined {
  return api.useQuery("get", "/v1/session").data;
}

/** Whether who is logged in may do what this role may; the server decides anew each time. */
export function useMay(role: Role): boolean {
  const session = useSession();
  return session !== undefined && RANKS[session.role] >= RANKS[role];
}

/** Yields the login with a token. What the page knew of another session is forgotten. */
export function useLogIn() {
  const queries = useQueryClient();
  return api.useMutation("post", "/v1/session", { onSuccess: () => queries.resetQueries() });
}

export function useLogOut() {
  const queries = useQueryClient();
  return api.useMutation("delete", "/v1/session", { onSuccess: () => queries.resetQueries() });
}
