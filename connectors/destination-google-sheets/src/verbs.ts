export { checkpoints } from "./checkpoints.ts";
export { openReceiver } from "./receiver.ts";
export { check, setUp } from "./setup.ts";
export { tearDown } from "./teardown.ts";
