const VERBS: Record<string, string> = {
  create: "made",
  update: "changed",
  delete: "deleted",
  revoke: "revoked",
  pause: "paused",
  resume: "resumed",
  cancel: "asked to end",
  set: "replaced",
  reset: "forgotten",
  query: "asked",
  retry: "tried again",
  rotate: "renewed",
};

/** Yields an action of the audit log as people say it: `state.reset` is "State forgotten"; what is new stays as it is. */
export function actionWords(action: string): string {
  const [thing = "", verb = ""] = action.split(".");
  const words = VERBS[verb];
  return words === undefined
    ? action
    : `${thing.charAt(0).toUpperCase()}${thing.slice(1).replaceAll("_", " ")} ${words}`;
}
