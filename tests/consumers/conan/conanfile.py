from pathlib import Path

from conan import ConanFile
from conan.tools.build import can_run
from conan.tools.cmake import CMake, CMakeDeps, CMakeToolchain, cmake_layout

LIBRARIES = {
    "url": "boost_url",
    "json": "simdjson",
    "sqlite": "sqlite3",
    "zstd": "zstd",
    "crypto": "crypto",
    "simulation": "boost_context",
}


class Consumer(ConanFile):
    settings = "os", "arch", "compiler", "build_type"

    def requirements(self):
        self.requires(self.tested_reference_str)

    def layout(self):
        cmake_layout(self)

    def parts(self):
        options = self.dependencies["holdfast"].options
        return [part for part in LIBRARIES if options.get_safe(f"with_{part}")]

    def generate(self):
        toolchain = CMakeToolchain(self)
        toolchain.cache_variables["PARTS"] = ";".join(self.parts())
        toolchain.generate()
        CMakeDeps(self).generate()

    def build(self):
        cmake = CMake(self)
        cmake.configure()
        cmake.build()

    def test(self):
        if not can_run(self):
            return
        check = Path(self.recipe_folder).parent / "check"
        programs = Path(self.build_folder, self.cpp.build.bindir)
        self.run(f'"{check}" "{programs / "consumer_core"}"', env="conanrun")
        if self.parts():
            libraries = " ".join(LIBRARIES[part] for part in self.parts())
            self.run(f'"{check}" "{programs / "consumer"}" {libraries}', env="conanrun")
