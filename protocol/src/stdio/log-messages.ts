import type { Output } from "./output.ts";
import { configureLog } from "./stderr.ts";

/** Sends what is logged to a runner, as `log` messages; without one it stays on stderr. Disposing it ends that. */
export function logMessagesTo(output: Output): Disposable {
  if (process.env["SLUICE_RUN_ID"] === undefined) return { [Symbol.dispose]() {} };
  configureLog({
    sink(level, message, fields) {
      const about = Object.keys(fields).length === 0 ? {} : { fields };
      // an output that fails fails whoever writes records to it, too
      output.send({ type: "log", log: { level, message, ...about } }).catch(() => {});
    },
  });
  return { [Symbol.dispose]: () => configureLog({ sink: undefined }) };
}
