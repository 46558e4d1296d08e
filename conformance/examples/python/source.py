#!/usr/bin/env python3
"""A source: reads the rows of CSV files, a stream each. Python's standard library is all that it needs."""
import csv
import json
import os
import signal
import sys

SPEC = {
    "protocol_version": 1,
    "connector": {"name": "source-csv", "version": "0.1.0", "kind": "source"},
    "config": {
        "type": "object",
        "properties": {"folder": {"type": "string", "description": "Where the CSV files are."}},
        "required": ["folder"],
        "additionalProperties": False,
    },
    "capabilities": {"incremental": True},
}
ROWS_PER_STATE = 10
EXIT = {"config": 10, "transient": 12}


class Failure(Exception):
    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Stopped(Exception):
    pass


def send(kind, payload):
    sys.stdout.write(json.dumps({"type": kind, kind: payload}, separators=(",", ":")) + "\n")


def load(path):
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        raise Failure("config", f"{path} is not a file with JSON; correct it.") from None


def folder_of(config):
    if not isinstance(config, dict) or set(config) != {"folder"} or not isinstance(config["folder"], str):
        raise Failure("config", 'The configuration must be {"folder": "…"} and nothing else.')
    if not os.path.isdir(config["folder"]):
        raise Failure("transient", f"The folder {config['folder']} cannot be reached; see that it is there.")
    return config["folder"]


def discover(folder):
    names = sorted(name[:-4] for name in os.listdir(folder) if name.endswith(".csv"))
    return [stream(name, os.path.join(folder, name + ".csv")) for name in names]


def stream(name, path):
    with open(path, encoding="utf-8", newline="") as file:
        columns = next(csv.reader(file))
    properties = {column: {"type": "string"} for column in columns}
    schema = {"type": "object", "properties": properties, "required": columns}
    return {"name": name, "json_schema": schema, "supports": {"incremental": True}}


def chosen(folder, catalog_file):
    streams = discover(folder)
    if catalog_file is None:
        return streams
    message = load(catalog_file)
    wanted = [each.get("stream", each)["name"] for each in message.get("catalog", message)["streams"]]
    unknown = set(wanted) - {each["name"] for each in streams}
    if unknown:
        raise Failure("config", f"There is no stream {sorted(unknown)[0]!r}; \"discover\" prints those there are.")
    return [each for each in streams if each["name"] in wanted]


def places(state_file):
    """How many rows of each stream an earlier read has sent: the newest state of each counts."""
    found = {}
    if state_file is None:
        return found
    try:
        with open(state_file, encoding="utf-8") as file:
            lines = [line for line in file if line.strip()]
    except (OSError, ValueError):
        raise Failure("config", f"{state_file} cannot be read; give --state a file with the states of an earlier read.") from None
    for line in lines:
        try:
            state = json.loads(line).get("state")
        except ValueError:
            # a crash has cut it, and the one before it counts
            continue
        if state and "stream" in state:
            found[state["stream"]] = state["data"]
    return found


def read(folder, options):
    streams = chosen(folder, options.get("--catalog"))
    done = places(options.get("--state"))
    send("catalog", {"streams": streams})
    seq = 0
    for each in streams:
        name = each["name"]
        start = done.get(name, {"rows": 0})
        if not isinstance(start, dict) or not isinstance(start.get("rows"), int):
            raise Failure("config", "A state in --state is none of source-csv; give it the states of its own output.")
        rows, sent, status = start["rows"], 0, "complete"
        send("stream_status", {"stream": name, "status": "started"})
        try:
            with open(os.path.join(folder, name + ".csv"), encoding="utf-8", newline="") as file:
                for number, row in enumerate(csv.DictReader(file), 1):
                    if number <= rows:
                        continue
                    send("record", {"stream": name, "data": row})
                    rows, sent = number, sent + 1
                    if rows % ROWS_PER_STATE == 0:
                        seq += 1
                        state(seq, name, rows, sent)
                    if STOPPED:
                        raise Stopped
        except Stopped:
            status = "incomplete"
        seq += 1
        state(seq, name, rows, sent)
        send("stream_status", {"stream": name, "status": status, "records": sent})
        if status == "incomplete":
            break


def state(seq, name, rows, sent):
    send("state", {"seq": seq, "scope": "stream", "stream": name, "records": {name: sent}, "data": {"rows": rows}})


STOPPED = []


def stop(number, _):
    if STOPPED:
        os._exit(128 + number)
    STOPPED.append(number)


def main(verb, *rest):
    options = dict(zip(rest[::2], rest[1::2])) if "--exit-code" not in rest else {"--config": rest[rest.index("--config") + 1]}
    if verb == "spec":
        send("spec", SPEC)
        return 0
    if verb not in ("check", "discover", "read"):
        return 2
    try:
        folder = folder_of(load(options["--config"]))
        if verb == "check":
            send("connection_status", {"status": "succeeded", "message": f"{len(discover(folder))} files can be read."})
        elif verb == "discover":
            send("catalog", {"streams": discover(folder)})
        else:
            read(folder, options)
    except Failure as failure:
        if verb == "check":
            send("connection_status", {"status": "failed", "message": str(failure)})
            return EXIT[failure.kind] if "--exit-code" in rest else 0
        send("error", {"failure_type": failure.kind, "message": str(failure)})
        sys.stderr.write(f"source-csv: {failure}\n")
        return EXIT[failure.kind]
    return 128 + STOPPED[0] if STOPPED else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        code = main(*sys.argv[1:])
        sys.stdout.flush()
    except ConnectionError:
        # nobody reads any more; Python would say so again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 12
    sys.exit(code)
