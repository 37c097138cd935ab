#ifndef HOLDFAST_CORE_ONE_MODE_HPP
#define HOLDFAST_CORE_ONE_MODE_HPP

namespace holdfast::detail {

// With exceptions a function cleans up when one passes, without (`-fno-exceptions`) it does not, under the same name: of
// a program that has both the linker would take either, and a lock might stay held behind an exception. So it refuses
// such a program, by this name, which is of the process in one mode and of a thread in the other: no linker for ELF
// joins these. Nobody reads it.
//
// Cure: compile all that includes holdfast alike. A library that cannot be compiled like its users is to keep what it
// includes to itself: shared, with `-fvisibility=hidden`.
//
// clang's -flto joins files before the linker sees them, and does not notice.
#if defined(__cpp_exceptions)
[[gnu::used]] inline constinit void const* exceptions_are_on_in_some_files_of_this_program_and_off_in_others = nullptr;
#else
[[gnu::used]] inline thread_local constinit void const*
    exceptions_are_on_in_some_files_of_this_program_and_off_in_others = nullptr;
#endif

// The containers of libstdc++ that are checked (`_GLIBCXX_DEBUG`) have other sizes, and so have types that hold some.
#if defined(_GLIBCXX_DEBUG)
[[gnu::used]] inline thread_local constinit void const*
    containers_are_checked_in_some_files_of_this_program_and_not_in_others = nullptr;
#else
[[gnu::used]] inline constinit void const* containers_are_checked_in_some_files_of_this_program_and_not_in_others =
    nullptr;
#endif

}  // namespace holdfast::detail

#endif
