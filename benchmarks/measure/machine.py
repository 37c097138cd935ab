"""What it was measured on."""

import os
import pathlib
import platform
import subprocess


def first_line(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]
    except (OSError, IndexError):
        return "unknown"


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def file_system(directory):
    """Type of the mount that a directory is on, with the options that matter to a sync."""
    best = ("", "unknown", "")
    for line in pathlib.Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, options = line.split()[:4]
        below = os.path.realpath(directory) + "/"
        if below.startswith(point.rstrip("/") + "/") and len(point) >= len(best[0]):
            best = (point, kind, options)
    told = [option for option in best[2].split(",") if option.startswith(("data=", "noload", "sync", "barrier", "nobarrier"))]
    return " ".join([best[1], *told])


def describe(places, flags):
    return [
        ("processor", f"{processor()}, {os.cpu_count()} cores, {'virtual' if 'hypervisor' in pathlib.Path('/proc/cpuinfo').read_text() else 'bare metal'}"),
        ("system", f"Linux {platform.release().split('-')[0]}, {' '.join(platform.libc_ver())}"),
        ("compiler", f"{first_line('g++', '--version')}; flags {flags}"),
        ("tmpfs", file_system(places["tmpfs"])),
        ("disk", file_system(places["disk"])),
    ]


def load():
    return " ".join(f"{one:.2f}" for one in os.getloadavg())
