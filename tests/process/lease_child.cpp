// One of several processes that take one lease in turn.
//
//   lease_child URI PLACEMENT TTL append NAME N   N times: takes the lease, appends " <epoch>:<NAME>:<i>" to the state,
//                                                 releases; prints "ack <i>" or what went wrong
//   lease_child URI PLACEMENT TTL pause NAME -    takes the lease, stops itself, goes on and appends; prints what came
//                                                 of it
//
// PLACEMENT: embedded or own; TTL: milliseconds.

#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/open.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/storage/file.hpp>
#include <holdfast/storage/sqlite.hpp>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace holdfast;

void say(std::string const& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

template <class Guard>
Outcome<Entry<std::string>> append(Guard& guard, std::string const& name, long i) {
    std::string const mark = " " + std::to_string(guard.epoch()) + ":" + name + ":" + std::to_string(i);
    return guard.update([&](std::string& state) { state += mark; });
}

template <class Store>
void append_often(Store& store, std::string const& name, long n) {
    for (long i = 0; i < n;) {
        auto guard = store.lock("k", {.timeout = std::chrono::seconds(240), .purpose = name});
        if (!guard) return say("lock " + guard.error().describe());
        auto const done = append(*guard, name, i);
        if (done) say("ack " + std::to_string(i++));
        else if (done.error() == Errc::fenced) say("fenced");  // known not applied: the same again
        else return say("write " + done.error().describe());
    }
    say("end");
}

template <class Store>
void pause_inside(Store& store, std::string const& name) {
    auto guard = store.lock("k", {.purpose = name});
    if (!guard) return say("lock " + guard.error().describe());
    auto const before = guard->get();
    if (!before) return say("get " + before.error().describe());
    say("held");
    std::raise(SIGSTOP);
    auto const done = append(*guard, name, 0);
    say(done ? "written" : std::string(holdfast::name(done.error().code())));
    auto const again = append(*guard, name, 1);
    say(again ? "written" : std::string(holdfast::name(again.error().code())));
}

template <class Storage, class Placement>
void run(std::string const& uri, char** argv) {
    LeaseLock<Placement> lock(LeaseOptions{.ttl = std::chrono::milliseconds(std::atol(argv[3]))});
    auto opened = open<std::string, Storage, LeaseLock<Placement>, RawBytes>(uri, std::move(lock));
    if (!opened) return say("open " + opened.error().describe());
    auto& store = *opened;
    std::string const what = argv[4], name = argv[5];
    if (what == "append") append_often(store, name, std::atol(argv[6]));
    else pause_inside(store, name);
}

template <class Storage>
void place(std::string const& uri, char** argv) {
    if (std::string(argv[2]) == "own") run<Storage, OwnSlot>(uri, argv);
    else run<Storage, Embedded>(uri, argv);
}

}  // namespace

int main(int, char** argv) {
    std::string const uri = argv[1];
    if (uri.starts_with("sqlite:")) place<SqliteStorage>(uri, argv);
    else place<FileStorage<>>(uri, argv);
}
