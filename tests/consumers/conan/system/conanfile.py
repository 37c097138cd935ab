"""Stands in for a ConanCenter package by pointing at what the system has installed, so that the recipe of holdfast can
be tested without a network. The names of files, targets and components are ConanCenter's."""

import re
import subprocess
from pathlib import Path

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration

# package -> name of its CMake file, {component: (CMake target, libraries)}
PACKAGES = {
    "boost": (
        "Boost",
        {
            "headers": ("Boost::headers", []),
            "url": ("Boost::url", ["boost_url"]),
            "context": ("Boost::context", ["boost_context"]),
        },
    ),
    "ms-gsl": ("Microsoft.GSL", {"_ms-gsl": ("Microsoft.GSL::GSL", [])}),
    "simdjson": ("simdjson", {"simdjson": ("simdjson::simdjson", ["simdjson"])}),
    "sqlite3": ("SQLite3", {"sqlite": ("SQLite::SQLite3", ["sqlite3"])}),
    "zstd": ("zstd", {"zstdlib": ("zstd::libzstd_shared", ["zstd"])}),
    "openssl": ("OpenSSL", {"crypto": ("OpenSSL::Crypto", ["crypto"])}),
}


def installed_version(name):
    if name == "boost":
        text = Path("/usr/include/boost/version.hpp").read_text()
        return re.search(r'BOOST_LIB_VERSION "([\d_]+)"', text)[1].replace("_", ".") + ".0"
    if name == "ms-gsl":
        [file] = Path("/usr/share/cmake/Microsoft.GSL").glob("*Version.cmake")
        return re.search(r'set\(PACKAGE_VERSION "([\d.]+)"\)', file.read_text())[1]
    name = {"zstd": "libzstd"}.get(name, name)
    return subprocess.run(["pkg-config", "--modversion", name], check=True, capture_output=True, text=True).stdout.strip()


class System(ConanFile):
    package_type = "shared-library"
    settings = "os", "arch", "compiler", "build_type"
    build_policy = "missing"  # there is nothing to build
    upload_policy = "skip"

    def set_version(self):
        try:
            self.version = installed_version(self.name)
        except (OSError, ValueError, TypeError, subprocess.CalledProcessError) as error:
            raise ConanInvalidConfiguration(f"{self.name} is not installed on this system: {error}") from error

    def package_id(self):
        self.info.clear()

    def package_info(self):
        file_name, components = PACKAGES[self.name]
        self.cpp_info.set_property("cmake_file_name", file_name)
        for component, (target, libraries) in components.items():
            part = self.cpp_info.components[component]
            part.set_property("cmake_target_name", target)
            part.includedirs = part.libdirs = part.bindirs = []
            part.system_libs = libraries
