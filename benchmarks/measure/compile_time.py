"""Compile time: preprocessed lines, which do not vary, and milliseconds, in interleaved rounds."""

import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import time

TIMED = ("fwd.hpp", "core/result.hpp", "state_store.hpp", "storage/file.hpp", "storage/sqlite.hpp", "locking/file_lock.hpp",
         "serialization/raw_bytes.hpp", "serialization/json.hpp", "open.hpp")


def compilers():
    clang = next((name for name in ("clang++-16", "clang++-17", "clang++-18", "clang++-19", "clang++") if shutil.which(name)), None)
    return [name for name in ("g++", clang) if name and shutil.which(name)]


TEXT = """
#include <holdfast/state_store.hpp>
#include <string>
struct Text {
    static constexpr holdfast::Family family = holdfast::Family::serialization;
    template <class S> holdfast::Result<void> encode(holdfast::CodingContext const&, S const& state, holdfast::Buffer& out) const {
        out.append(state.text);
        return {};
    }
    template <class S> holdfast::Result<S> decode(holdfast::CodingContext const&, holdfast::RecordPtr const& record) const {
        return S{std::string(record->payload.view())};
    }
};
"""


def stores(count):
    """A program with `count` stores in memory, each of a state of its own, read and updated."""
    return TEXT + "".join(f"""
struct State{i} {{ std::string text; }};
unsigned long use{i}() {{
    holdfast::StateStore<State{i}, Text> store;
    auto const done = store.update("key", [](State{i}& state) {{ state.text += 'x'; }});
    auto const entry = store.get("key");
    return done && entry && *entry ? (*entry)->value().text.size() : 0;
}}
""" for i in range(count))


def sources(include):
    """{title: source} of all that is timed."""
    made = {"empty": "", "<string> <vector> <span> <optional> <variant> <memory>":
            "".join(f"#include <{name}>\n" for name in ("string", "vector", "span", "optional", "variant", "memory"))}
    for header in TIMED:
        if (include / "holdfast" / header).exists():
            made[header] = f"#include <holdfast/{header}>\n"
    for count in (1, 5, 20):
        made[f"{count} store{'s' if count > 1 else ''}, used"] = stores(count)
    return made


def public_headers(include):
    return sorted(str(path.relative_to(include / "holdfast")) for path in (include / "holdfast").rglob("*.hpp")
                  if "detail" not in path.parts and path.parent.name not in ("file", "sqlite", "json"))


def lines(compiler, include, source):
    done = subprocess.run([compiler, "-std=c++20", "-E", "-P", "-x", "c++", f"-I{include}", "-"], input=source,
                          capture_output=True, text=True, check=True)
    return done.stdout.count("\n")


def measure(include, rounds, say):
    """{header: lines}, and {(compiler, title): [milliseconds of a round]}."""
    say("preprocessed lines")
    counted = {header: lines("g++", include, f"#include <holdfast/{header}>\n") for header in public_headers(include)}
    times = {}
    with tempfile.TemporaryDirectory(prefix="holdfast-compile-") as scratch:
        jobs = []
        for number, (title, source) in enumerate(sources(include).items()):
            path = pathlib.Path(scratch, f"{number}.cpp")
            path.write_text(source + "\n")
            jobs += [(compiler, title, path) for compiler in compilers()]
        for number in range(rounds):
            say(f"compile time, round {number + 1} of {rounds}: {len(jobs)} compilations")
            random.shuffle(jobs)
            for compiler, title, path in jobs:
                begin = time.monotonic()
                subprocess.run([compiler, "-std=c++20", "-O2", f"-I{include}", "-c", str(path), "-o", "/dev/null"],
                               check=True, capture_output=True)
                times.setdefault((compiler, title), []).append((time.monotonic() - begin) * 1000)
    return counted, times


def median(times, compiler, title):
    return statistics.median(times[compiler, title])
