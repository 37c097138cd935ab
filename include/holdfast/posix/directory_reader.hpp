#ifndef HOLDFAST_POSIX_DIRECTORY_READER_HPP
#define HOLDFAST_POSIX_DIRECTORY_READER_HPP

#if defined(__linux__)
#include <holdfast/posix/kernel_directory_reader.hpp>
#else
#include <holdfast/posix/stream_directory_reader.hpp>
#endif

namespace holdfast::detail {

/// The names in a directory, without `.` and `..`, from a position on that can be kept between processes.
#if defined(__linux__)
using DirectoryReader = KernelDirectoryReader;
#else
using DirectoryReader = StreamDirectoryReader;
#endif

}  // namespace holdfast::detail

#endif
