// Plain JavaScript that any Node since 12 can run: it must be able to say that Node is too old.
const REQUIRED_NODE = 24;

/**
 * Loads the program behind an executable, or says in one sentence what is missing and sets exit code 1.
 *
 * @param {string} name
 * @param {() => Promise<unknown>} load
 */
export function launch(name, load) {
  if (Number(process.versions.node.split(".")[0]) < REQUIRED_NODE) {
    fail(
      `${name} needs Node ${REQUIRED_NODE} or newer and this is Node ${process.versions.node}; install a newer Node, or run it through scripts/with-node in a clone of Sluice.`,
    );
    return;
  }
  load().catch((error) => {
    if (error.code === "ERR_MODULE_NOT_FOUND" && /[\\/]dist[\\/]/.test(String(error.url))) {
      fail(`${name} is not built yet; run "sh scripts/with-node npm run build" in the clone of Sluice.`);
    } else {
      throw error;
    }
  });

  function fail(sentence) {
    process.stderr.write(sentence + "\n");
    process.exitCode = 1;
  }
}
