{% set compiler, version, _ = detect_api.detect_default_compiler() %}
[settings]
os=Linux
arch={{ detect_api.detect_arch() }}
build_type=Debug
compiler={{ compiler }}
compiler.version={{ detect_api.default_compiler_version(compiler, version) }}
compiler.libcxx=libstdc++11
compiler.cppstd=20

[conf]
tools.cmake.cmaketoolchain:generator=Ninja
tools.cmake.cmaketoolchain:user_presets=
tools.cmake.cmake_layout:test_folder=$TMP

[replace_requires]
boost/*: boost/*@system
ms-gsl/*: ms-gsl/*@system
simdjson/*: simdjson/*@system
sqlite3/*: sqlite3/*@system
zstd/*: zstd/*@system
openssl/*: openssl/*@system
