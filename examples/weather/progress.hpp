#ifndef WEATHER_PROGRESS_HPP
#define WEATHER_PROGRESS_HPP

#include <cstdio>
#include <string>

#include <unistd.h>

/// How far a run is: a bar on a terminal, lines elsewhere.
class Progress {
public:
    explicit Progress(std::size_t total) : total_(total) {}
    ~Progress() {
        if (bar_ && drawn_) std::puts("");
    }

    void show(std::size_t done, std::string const& what) {
        if (bar_) {
            std::string const filled(40 * done / total_, '#');
            std::printf("\r[%-40s] %zu of %zu  %s", filled.c_str(), done, total_, what.c_str());
        } else {
            std::printf("%zu of %zu  %s\n", done, total_, what.c_str());
        }
        std::fflush(stdout);
        drawn_ = true;
    }

private:
    std::size_t total_;
    bool const bar_ = isatty(STDOUT_FILENO) == 1;
    bool drawn_ = false;
};

#endif
