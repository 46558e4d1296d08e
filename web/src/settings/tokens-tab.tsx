import { useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState } from "react";
import { api, type Schemas } from "../api/client.ts";
import { isLasting } from "../api/problem.ts";
import { Badge } from "../controls/badge.tsx";
import { Button } from "../controls/button.tsx";
import { Card } from "../controls/card.tsx";
import { ConfirmDialog } from "../controls/confirm-dialog.tsx";
import { Instant } from "../controls/instant.tsx";
import { Pending } from "../controls/pending.tsx";
import { Table } from "../controls/table.tsx";
import { useSession } from "../session/session.ts";
import { NewTokenDialog } from "./new-token-dialog.tsx";
import { useTokens } from "./use-tokens.ts";

type Token = Schemas["Token"];

const COLUMNS = [
  { name: "Name" },
  { name: "Role" },
  { name: "Made" },
  { name: "Last used" },
  { name: "Ends" },
  { name: "Revoke" },
];

/** Who may use this server, and as what. */
export function TokensTab() {
  const { data, error, refetch } = useTokens();
  const session = useSession();
  const [isMaking, setMaking] = useState(false);
  const [revoked, setRevoked] = useState<Token>();
  if (data === undefined || isLasting(error))
    return <Pending what="tokens" error={error} onRetry={() => void refetch()} />;
  return (
    <Card
      title="Tokens"
      note="Only their hashes are stored."
      isFlush
      actions={
        <Button variant="primary" icon={Plus} onClick={() => setMaking(true)}>
          New token
        </Button>
      }
    >
      <Table caption="Who may use this server" columns={COLUMNS}>
        {data.map((token) => (
          <tr key={token.id}>
            <td>
              {token.name} {token.id === session?.id ? <Badge tone="busy">yours</Badge> : null}
            </td>
            <td>{token.role}</td>
            <td>
              <Instant at={token.created_at} />
            </td>
            <td>{token.last_used_at === null ? "never" : <Instant at={token.last_used_at} />}</td>
            <td>
              <End token={token} />
            </td>
            <td>
              {token.revoked_at === null ? (
                <Button variant="danger" aria-label={`Revoke ${token.name}`} onClick={() => setRevoked(token)}>
                  Revoke
                </Button>
              ) : null}
            </td>
          </tr>
        ))}
      </Table>
      {isMaking ? <NewTokenDialog onClose={() => setMaking(false)} /> : null}
      {revoked === undefined ? null : <RevokeDialog token={revoked} onClose={() => setRevoked(undefined)} />}
    </Card>
  );
}

function End({ token: { revoked_at: revokedAt, expires_at: endsAt } }: { token: Token }) {
  if (revokedAt !== null)
    return (
      <>
        revoked <Instant at={revokedAt} />
      </>
    );
  return endsAt === null ? "never" : <Instant at={endsAt} />;
}

function RevokeDialog({ token: { id, name }, onClose }: { token: Token; onClose: () => void }) {
  const queries = useQueryClient();
  const revoke = api.useMutation("delete", "/v1/tokens/{id}", {
    onSuccess: async () => {
      onClose();
      await queries.invalidateQueries({ queryKey: ["get", "/v1/tokens"] });
    },
  });
  return (
    <ConfirmDialog
      title={`Revoke ${name}?`}
      verb="Revoke"
      isBusy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate({ params: { path: { id } } })}
      onClose={onClose}
    >
      Whatever uses it is refused from now on. This cannot be undone.
    </ConfirmDialog>
  );
}
