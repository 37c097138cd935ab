# Finds zstd, whose own CMake files Debian and Ubuntu do not install: the target zstd::libzstd, zstd_FOUND, zstd_VERSION.

if(TARGET zstd::libzstd)  # from zstd's own files, or from here
    set(zstd_FOUND TRUE)
    return()
endif()

find_path(zstd_INCLUDE_DIR zstd.h)
find_library(zstd_LIBRARY NAMES zstd zstd_static)
mark_as_advanced(zstd_INCLUDE_DIR zstd_LIBRARY)
if(zstd_INCLUDE_DIR)
    file(STRINGS ${zstd_INCLUDE_DIR}/zstd.h zstd_VERSION REGEX "^#define ZSTD_VERSION_(MAJOR|MINOR|RELEASE) +[0-9]+")
    list(TRANSFORM zstd_VERSION REPLACE "^.* ([0-9]+).*$" "\\1")
    list(JOIN zstd_VERSION "." zstd_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(zstd REQUIRED_VARS zstd_LIBRARY zstd_INCLUDE_DIR VERSION_VAR zstd_VERSION)

if(zstd_FOUND)
    add_library(zstd::libzstd UNKNOWN IMPORTED)
    set_target_properties(zstd::libzstd PROPERTIES
        IMPORTED_LOCATION ${zstd_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${zstd_INCLUDE_DIR})
endif()
