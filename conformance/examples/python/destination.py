#!/usr/bin/env python3
"""A destination: appends each record to a file of its stream. Python's standard library is all that it needs."""
import json
import os
import re
import signal
import sys

SPEC = {
    "protocol_version": 1,
    "connector": {"name": "destination-files", "version": "0.1.0", "kind": "destination"},
    "config": {
        "type": "object",
        "properties": {"folder": {"type": "string", "description": "Where the files go; made if it is missing."}},
        "required": ["folder"],
        "additionalProperties": False,
    },
    "capabilities": {"modes": ["append"]},
}
MAX_LINE_BYTES = 64 * 1024 * 1024
TERMINAL = ("complete", "incomplete", "skipped", "failed")
EXIT = {"config": 10, "transient": 12, "protocol": 13}
DECODER = json.JSONDecoder()
SPACE = re.compile(r"[ \t\n\r]*")


class Failure(Exception):
    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Stop(Exception):
    pass


def send(kind, payload):
    print_line(json.dumps({"type": kind, kind: payload}, separators=(",", ":")))


def print_line(text):
    sys.stdout.buffer.write(text.encode("utf-8", "surrogatepass") + b"\n")
    sys.stdout.buffer.flush()


def member(text, name):
    """The text of a member of the object that this text is, every digit as it came."""
    at = SPACE.match(text, 0).end() + 1
    while True:
        at = SPACE.match(text, at).end()
        key, at = json.decoder.scanstring(text, at + 1)
        at = SPACE.match(text, SPACE.match(text, at).end() + 1).end()
        _, end = DECODER.raw_decode(text, at)
        if key == name:
            return text[at:end]
        at = SPACE.match(text, end).end() + 1


def folder_of(path):
    try:
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
    except (OSError, ValueError):
        raise Failure("config", f"{path} is not a file with JSON; correct it.") from None
    if not isinstance(config, dict) or set(config) != {"folder"} or not isinstance(config["folder"], str):
        raise Failure("config", 'The configuration must be {"folder": "…"} and nothing else.')
    try:
        os.makedirs(config["folder"], exist_ok=True)
    except OSError:
        raise Failure("transient", f"The folder {config['folder']} cannot be made; see what it is in.") from None
    return config["folder"]


class Load:
    """One write: the files of the streams, and what was counted."""

    def __init__(self, folder):
        self.folder = folder
        self.files = {}
        self.received = {}
        self.ended, self.done = set(), set()
        self.seq = None

    def open(self, catalog):
        for each in catalog["streams"]:
            stream = each.get("stream", each)
            name, mode = stream["name"], each.get("destination_mode", "append")
            if name in self.files:
                continue
            # a name such as "../../etc/passwd" must not become a path
            if not re.fullmatch(r"\w[\w.-]{0,200}", name, re.ASCII) or mode != "append":
                raise Failure("config", f"The stream {name!r} cannot be appended to a file of that name; leave it out.")
            path = os.path.join(self.folder, name + ".ndjson")
            file = open(path, "a+b")
            file.seek(0)
            # half a line that a crash has left is not covered by any state
            file.truncate(file.read().rfind(b"\n") + 1)
            self.files[name], self.received[name] = file, 0

    def take(self, line, number):
        try:
            text = line.decode("utf-8")
            message = json.loads(text)
        except ValueError:
            if not line.isascii() or re.match(rb'\s*\{\s*"', line) or b'"type":' in line:
                raise Failure("protocol", f"Line {number} of the input is not a message; the source must be fixed.") from None
            return send("log", {"level": "warn", "message": f"Line {number} of the input is not a message."})
        kind = message.get("type") if isinstance(message, dict) else None
        if not isinstance(kind, str) or kind in ("record", "state", "stream_status") and not isinstance(message.get(kind), dict):
            raise Failure("protocol", f"Line {number} of the input is not a message; the source must be fixed.")
        if kind == "catalog":
            return self.open(message["catalog"])
        if not self.files:
            raise Failure("protocol", "The input does not begin with a catalog; the source must be fixed.")
        if kind == "record":
            return self.record(message["record"], text, number)
        if kind == "state":
            return self.state(message["state"], text, number)
        if kind == "stream_status":
            return self.status(message["stream_status"], text, number)
        print_line(text)

    def record(self, record, text, number):
        name = record.get("stream")
        if name not in self.files or name in self.ended or not isinstance(record.get("data"), dict):
            raise Failure("protocol", f"Line {number} of the input is a record without data, or of no stream that is open.")
        data = member(member(text, "record"), "data")
        self.files[name].write(data.encode("utf-8") + b"\n")
        self.received[name] += 1

    def state(self, state, text, number):
        seq, covered = state.get("seq"), [state["stream"]] if "stream" in state else list(self.files)
        if not isinstance(seq, int) or self.seq not in (None, seq - 1):
            raise Failure("protocol", f"Line {number} of the input is a state out of order; the source must be fixed.")
        self.seq = seq
        self.commit(covered, state.get("records", {}), number)
        self.echo("state", text, covered)

    def status(self, status, text, number):
        name = status.get("stream")
        if name not in self.files:
            raise Failure("protocol", f"Line {number} of the input is of an unknown stream; the source must be fixed.")
        if status.get("status") not in TERMINAL:
            return print_line(text)
        self.commit([name], {name: status.get("records", self.received[name])}, number)
        self.ended.add(name)
        if status["status"] in ("complete", "skipped"):
            self.done.add(name)
        self.echo("stream_status", text, [name])

    def commit(self, names, counts, number):
        for name, count in counts.items():
            if self.received.get(name) != count:
                raise Failure("protocol", f"Line {number} of the input counts {count} records of {name!r}; it were {self.received.get(name)}.")
        for name in names:
            self.files[name].flush()
            os.fsync(self.files[name].fileno())

    def echo(self, kind, text, names):
        counts = {name: {"received": self.received[name], "written": self.received[name], "skipped": 0, "deleted": 0, "rejected": 0} for name in names}
        payload = member(text, kind).rstrip()[:-1]
        print_line(f'{{"type":"{kind}","{kind}":{payload},"committed":{json.dumps(counts)}}}}}')


def write(folder, most):
    load, number = Load(folder), 0
    while line := sys.stdin.buffer.readline(most + 2):
        number += 1
        if len(line.rstrip(b"\r\n")) > most:
            stream = re.search(rb'"stream":"([^"\\]+)"', line[:4096])
            raise Failure("protocol", f"Line {number} of the stream {stream[1].decode() if stream else '?'} is longer than {most} bytes.")
        line = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if line.strip():
            load.take(line.rstrip(b"\r\n"), number)
    if not load.files:
        raise Failure("protocol", "The input is empty; the source before this one failed.")
    return 0 if load.done == set(load.files) else 14


def stop(number, _):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise Stop(128 + number)


def main(verb, *rest):
    options = {name: rest[index + 1] for index, name in enumerate(rest) if name.startswith("--") and index + 1 < len(rest)}
    if verb == "spec":
        send("spec", SPEC)
        return 0
    if verb not in ("check", "write"):
        return 2
    try:
        folder = folder_of(options["--config"])
        if verb == "write":
            return write(folder, int(options.get("--max-line-bytes", MAX_LINE_BYTES)))
        send("connection_status", {"status": "succeeded", "message": f"Files go to {folder}."})
    except Failure as failure:
        if verb == "check":
            send("connection_status", {"status": "failed", "message": str(failure)})
            return EXIT[failure.kind] if "--exit-code" in rest else 0
        sys.stderr.write(f"destination-files: {failure}\n")
        send("error", {"failure_type": failure.kind, "message": str(failure)})
        return EXIT[failure.kind]
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        code = main(*sys.argv[1:])
    except Stop as stopped:
        code = stopped.args[0]
    except ConnectionError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 12
    sys.exit(code)
