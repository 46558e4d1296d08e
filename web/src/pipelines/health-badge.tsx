import { Badge } from "../controls/badge.tsx";
import { HEALTH_WORDS, type PipelineHealth } from "./health-words.ts";

export function HealthBadge({ health }: Pick<PipelineHealth, "health">) {
  const { words, tone } = HEALTH_WORDS[health];
  return <Badge tone={tone}>{words}</Badge>;
}
