#ifndef HOLDFAST_TESTS_PROCESS_FILE_TRACE_HPP
#define HOLDFAST_TESTS_PROCESS_FILE_TRACE_HPP

#include <process/child.hpp>

#include <cctype>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace file_trace {

inline bool strace_works() {
    static bool const works = std::system("strace -qq -o /dev/null true >/dev/null 2>&1") == 0;
    return works;
}

using Words = std::vector<std::string>;

/// Runs file_child, under strace with these options if there are any.
inline test::Child start(std::string const& durability, std::string const& directory, Words const& calls,
                         Words const& strace = {}) {
    Words command;
    if (!strace.empty()) command = {"strace", "-qq"};
    command.insert(command.end(), strace.begin(), strace.end());
    command.insert(command.end(), {test::child_program("file_child"), durability, directory});
    command.insert(command.end(), calls.begin(), calls.end());
    return test::Child(command);
}

/// What it printed: one word a call.
inline Words run(std::string const& durability, std::string const& directory, Words const& calls,
                 Words const& strace = {}) {
    auto child = start(durability, directory, calls, strace);
    std::istringstream text(child.finish());
    Words words;
    for (std::string word; text >> word;) words.push_back(word);
    return words;
}

/// One system call of a traced program: its name, and how many of that name the program had made, with it.
struct SystemCall {
    std::string name;
    int nth = 0;
    std::string path;  ///< of the descriptor that it is given first
};

inline std::string descriptor_path(std::string const& line) {
    std::size_t const begin = line.find('<'), end = line.find('>');
    return begin < end && end != line.npos ? line.substr(begin + 1, end - begin - 1) : std::string();
}

/// The system calls of each call of the storage, without those of the memory allocator.
inline std::vector<std::vector<SystemCall>> read_trace(std::string const& path) {
    std::ifstream file(path);
    std::vector<std::vector<SystemCall>> calls;
    std::map<std::string, int> count;
    bool inside = false;
    for (std::string line; std::getline(file, line);) {
        std::size_t const end = line.find('(');
        if (end == line.npos || end == 0 || !std::islower(static_cast<unsigned char>(line[0]))) continue;
        std::string const name = line.substr(0, end);
        int const nth = ++count[name];
        if (name == "getppid") {
            inside = !inside;
            if (inside) calls.emplace_back();
        } else if (inside && name != "brk" && name != "mmap" && name != "munmap") {
            calls.back().push_back({name, nth, descriptor_path(line)});
        }
    }
    return calls;
}

inline std::vector<std::vector<SystemCall>> trace(std::string const& durability, std::string const& directory,
                                                  Words const& calls) {
    test::TemporaryDirectory const scratch;
    std::string const path = scratch.path() + "/trace";
    run(durability, directory, calls, {"-y", "-o", path});
    return read_trace(path);
}

inline int count(std::vector<SystemCall> const& calls, std::string const& name) {
    int n = 0;
    for (auto const& call : calls) n += call.name == name ? 1 : 0;
    return n;
}

}  // namespace file_trace

#endif
