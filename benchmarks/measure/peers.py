"""Other people's stores, each if it can be had here. A peer that is missing is named with the reason."""

import pathlib
import shutil
import subprocess
import sys


def lmdb(built):
    program = built / "bench_lmdb"
    return [str(program)] if program.exists() else "not built: liblmdb-dev was not there"


def object_store(here, work):
    """Built in a copy, so that nothing is left beside the sources."""
    if not shutil.which("cargo"):
        return "cargo is not installed"
    project = work / "object_store"
    shutil.copytree(here / "peers" / "object_store", project, dirs_exist_ok=True)
    done = subprocess.run(["cargo", "build", "--release", "--quiet", "--manifest-path", str(project / "Cargo.toml"),
                           "--target-dir", str(project / "target")], capture_output=True, text=True)
    if done.returncode != 0:
        return "cargo could not build it: " + (done.stderr.strip().splitlines() or ["no reason given"])[0]
    return [str(project / "target" / "release" / "bench_object_store")]


def diskcache(here, work):
    python = work / "diskcache" / "bin" / "python"
    if not python.exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(work / "diskcache")], capture_output=True, text=True)
        if made.returncode != 0:
            return "Python cannot make a virtual environment (python3-venv)"
    probe = [str(python), "-c", "import diskcache"]
    if subprocess.run(probe, capture_output=True).returncode != 0:
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", "diskcache==5.6.3"], capture_output=True)
    if subprocess.run(probe, capture_output=True).returncode != 0:
        return "pip could not install it"
    return [str(python), str(here / "peers" / "diskcache_side.py")]


def find(here, built):
    """{peer: command}, and {peer: why it is missing}."""
    work = pathlib.Path(built) / "peers"
    work.mkdir(exist_ok=True)
    found, missing = {}, {}
    for name, answer in (("lmdb", lmdb(built)), ("object_store", object_store(here, work)), ("diskcache", diskcache(here, work))):
        (missing if isinstance(answer, str) else found)[name] = answer
    return found, missing
