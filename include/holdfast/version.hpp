#ifndef HOLDFAST_VERSION_HPP
#define HOLDFAST_VERSION_HPP

// The one place for the version: CMake and Conan read these three lines.
#define HOLDFAST_VERSION_MAJOR 0
#define HOLDFAST_VERSION_MINOR 1
#define HOLDFAST_VERSION_PATCH 0

#endif
