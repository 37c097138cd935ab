import re
from pathlib import Path

from conan import ConanFile
from conan.tools.build import check_min_cppstd
from conan.tools.files import copy
from conan.tools.layout import basic_layout

required_conan_version = ">=2.4"

# component -> what it links, by Conan's names
COMPONENTS = {
    "url": "boost::url",
    "json": "simdjson::simdjson",
    "sqlite": "sqlite3::sqlite3",
    "zstd": "zstd::zstdlib",
    "crypto": "openssl::crypto",
    "simulation": "boost::context",
}


class Holdfast(ConanFile):
    name = "holdfast"
    description = "Small state that must not be lost: typed state stores composed of policies at compile time"
    license = "BSL-1.0"
    topics = ("state", "header-only", "compare-and-swap", "lease", "durability")
    package_type = "header-library"
    settings = "os", "arch", "compiler", "build_type"
    options = {f"with_{component}": [True, False] for component in COMPONENTS}
    default_options = {f"with_{component}": True for component in COMPONENTS}
    exports_sources = "include/*", "LICENSE"
    no_copy_source = True
    implements = ["auto_header_only"]  # the package is the same for all settings and options

    def set_version(self):
        text = (Path(self.recipe_folder) / "include/holdfast/version.hpp").read_text()
        self.version = ".".join(re.findall(r"^#define HOLDFAST_VERSION_\w+ (\d+)$", text, re.M))

    def layout(self):
        basic_layout(self)

    def validate(self):
        check_min_cppstd(self, 20)

    def requirements(self):
        for_users = dict(transitive_headers=True, transitive_libs=True)
        self.requires("boost/[>=1.81 <2]", **for_users)
        self.requires("ms-gsl/[>=4 <5]", **for_users)
        if self.options.with_json:
            self.requires("simdjson/[>=3 <5]", **for_users)
        if self.options.with_sqlite:
            self.requires("sqlite3/[>=3.40 <4]", **for_users)
        if self.options.with_zstd:
            self.requires("zstd/[>=1.5 <2]", **for_users)
        if self.options.with_crypto:
            self.requires("openssl/[>=3 <4]", **for_users)

    def package(self):
        copy(self, "*.hpp", Path(self.source_folder) / "include", Path(self.package_folder) / "include")
        copy(self, "LICENSE", self.source_folder, Path(self.package_folder) / "licenses")

    def package_info(self):
        # The components are the targets of the CMake build; the name of the core must not be taken by the whole.
        self.cpp_info.set_property("cmake_target_name", "holdfast::all")
        self.component("core", "holdfast", ["boost::headers", "ms-gsl::ms-gsl"])
        if self.settings.os != "Windows":
            self.cpp_info.components["core"].system_libs = ["pthread"]
        for name, needs in COMPONENTS.items():
            if self.options.get_safe(f"with_{name}"):
                self.component(name, name, ["core", needs])

    def component(self, name, target, requires):
        part = self.cpp_info.components[name]
        part.set_property("cmake_target_name", f"holdfast::{target}")
        part.bindirs = part.libdirs = []
        part.requires = requires
