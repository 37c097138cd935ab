"""Run time: every case of every side in shuffled order, round by round; ratios are taken inside a round."""

import collections
import random
import re
import shutil
import statistics
import subprocess
import tempfile

Side = collections.namedtuple("Side", "label program case")
# gate: what the target is about, "CPU" or "wall"; None: reported, but nobody can promise it.
Row = collections.namedtuple("Row", "title where gate target twin others")

# What a store can add to the same update, and how its case is called.
POLICIES = [("LeaseLock<>", "lease"), ("History<>", "history"), ("LeaseLock<>, History<>", "lease-history")]


def rows():
    """What is measured. `others` are shown beside the twin and have no target; those of holdfast itself are its other policies."""
    twin = lambda case, label="twin": Side(label, "twin", case)
    peer = lambda label, program, case: Side(label, program, case)
    careful = lambda case: [Side(label, "holdfast", f"{case}-{suffix}") for label, suffix in POLICIES]
    made = [
        Row("memory-get", None, "CPU", 1.15, twin("memory-get"), [peer("object_store", "object_store", "memory-get")]),
        Row("memory-update", None, "CPU", 1.2, twin("memory-update"),
            [twin("memory-update-counter", "twin, a counter for the stamp"), peer("object_store", "object_store", "memory-update"),
             *careful("memory-update")]),
        Row("json-read", None, "CPU", 1.15, twin("json-read"), []),
        Row("json-write", None, "CPU", 1.1, twin("json-write"), []),
        Row("lock-free", "tmpfs", "CPU", 1.1, twin("lock-free"), [twin("lock-free-bare", "bare flock")]),
        Row("lock-hand-off", "tmpfs", "wall", 1.2, twin("lock-hand-off"), [twin("lock-hand-off-bare", "bare flock")]),
        Row("lock-hand-off-limited", "tmpfs", None, None, twin("lock-hand-off"), []),
    ]
    for where in ("tmpfs", "disk"):
        tmpfs = where == "tmpfs"
        store = lambda case: [peer("object_store", "object_store", case)] if tmpfs else []
        gate = lambda kind, target: (kind, target) if tmpfs else (None, None)
        made.append(Row("file-read", where, *gate("wall", 1.05), twin("file-read"), store("file-read")))
        for durability in ("none", "data", "full"):
            case = "file-update-" + durability
            others = [twin(case + "-in-lock", "twin, all under the lock")]
            if durability == "none":
                others += store(case) + (careful(case) if tmpfs else [])
            made.append(Row(case, where, *gate("wall", 1.05), twin(case), others))
        made.append(Row("sqlite-get", where, *gate("CPU", 1.05), twin("sqlite-get"),
                        [peer("LMDB", "lmdb", "get"), peer("diskcache", "diskcache", "get")] if tmpfs else []))
        for synchronous, lmdb in (("normal", "none"), ("full", "full")):
            case = "sqlite-update-" + synchronous
            others = [twin(case + "-in-transaction", "twin, one transaction"), peer("LMDB", "lmdb", "update-" + lmdb)]
            if synchronous == "normal":
                others.append(peer("diskcache", "diskcache", "update"))
                others += careful(case) if tmpfs else []
            made.append(Row(case, where, *gate("CPU", 1.05), twin(case), others))
    return made


class Bench:
    """Runs single measurements."""

    def __init__(self, programs, places, seconds):
        self.programs, self.places, self.seconds = programs, places, seconds

    def run(self, program, case, where, length, wrap=()):
        directory = tempfile.mkdtemp(prefix="holdfast-bench-", dir=self.places[where or "tmpfs"])
        try:
            return subprocess.run([*wrap, *self.programs[program], case, length, directory],
                                  capture_output=True, text=True, check=True, timeout=120)
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def measure(self, program, case, where):
        """Nanoseconds of wall and of CPU per operation."""
        _, wall, cpu = map(float, self.run(program, case, where, str(self.seconds)).stdout.split())
        return {"wall": wall, "CPU": cpu}

    def system_calls(self, program, case, where):
        """System calls per operation: the difference of two counted runs."""
        strace, totals, (few, many) = shutil.which("strace"), [], (200, 600)
        if not strace:
            return None
        for count in (few, many):
            with tempfile.NamedTemporaryFile("r") as report:
                self.run(program, case, where, f"{count}x", (strace, "-f", "-c", "-U", "calls,name", "-o", report.name))
                totals.append(sum(int(n) for n, name in re.findall(r"^\s*(\d+) (\w+)$", report.read(), re.M) if name != "total"))
        return (totals[1] - totals[0]) / (many - few)


class Times:
    """What was measured of one row and side, by round."""

    def __init__(self):
        self.rounds = []

    def median(self, kind):
        return statistics.median(one[kind] for one in self.rounds)

    def ratios(self, other, kind):
        return [mine[kind] / theirs[kind] for mine, theirs in zip(self.rounds, other.rounds)]


def quartiles(values):
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def measure(bench, chosen, rounds, say):
    """{(row, side): Times}, and {(row, side): system calls}. Sides whose program is not there are left out."""
    own = lambda row: Side("holdfast", "holdfast", row.title)
    jobs = [(row, side) for row in chosen for side in (own(row), row.twin, *row.others) if side.program in bench.programs]
    times = collections.defaultdict(Times)
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}: {len(jobs)} measurements")
        random.shuffle(jobs)
        for row, side in jobs:
            times[row.title, row.where, side].rounds.append(bench.measure(side.program, side.case, row.where))
    say("system calls per operation")
    calls = {}
    for row in chosen:
        if row.where is None or "hand-off" in row.title:
            continue
        for side in (own(row), row.twin, *(one for one in row.others if one.program == "twin")):
            if row.where == "tmpfs":
                calls[row.title, side] = bench.system_calls(side.program, side.case, row.where)
    return times, calls, own
