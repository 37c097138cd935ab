// file_child DURABILITY DIRECTORY [VERB:KEY:SIZE:LETTER]...: makes calls of a file storage and prints what came back,
// one word a call. Two calls of getppid enclose each call, so that a trace shows what belongs to it; also that which opens
// the storage, if the first verb is "open". DURABILITY may be "tree": through the door of named bytes, synced in full.

#include <process/tree.hpp>
#include <unit/storage/file_fixture.hpp>

#include <atomic>
#include <cstdio>
#include <string>
#include <vector>

#include <sys/resource.h>
#include <csignal>

namespace {

using namespace holdfast;
using file_test::context;
using file_test::next;

struct Call {
    std::string verb, key = "k", letter = "x";
    std::size_t size = 1;

    explicit Call(std::string const& text) {
        std::vector<std::string> fields(1);
        for (char const c : text)
            if (c == ':') fields.emplace_back();
            else fields.back().push_back(c);
        verb = fields[0];
        if (fields.size() > 1) key = fields[1];
        if (fields.size() > 2) size = std::stoul(fields[2]);
        if (fields.size() > 3) letter = fields[3];
    }
    std::string payload() const { return std::string(size, letter[0]); }
};

std::string word(Result<WriteOutcome> const& outcome) {
    if (!outcome) return std::string(name(outcome.error().code()));
    switch (outcome->kind()) {
        case WriteOutcome::Kind::applied: return "applied";
        case WriteOutcome::Kind::conflict: return "conflict";
        default: return "unknown";
    }
}

std::string word(Result<RecordPtr> const& record) {
    if (!record) return std::string(name(record.error().code()));
    if (!*record) return "absent";
    std::string_view const payload = (*record)->payload.view();
    for (char const c : payload)
        if (c != payload[0]) return "torn";
    return payload.empty() ? "empty" : payload[0] + std::to_string(payload.size());
}

template <class Run>
auto marked(Run&& run) {
    (void)::getppid();
    auto result = run();
    (void)::getppid();
    return result;
}

/// Limits of the process, for the calls that follow.
bool limit(Call const& call) {
    if (call.verb == "fsize") {
        std::signal(SIGXFSZ, SIG_IGN);
        rlimit const most{call.size, call.size};
        if (::setrlimit(RLIMIT_FSIZE, &most) != 0) std::abort();
        return true;
    }
    if (call.verb == "user") {
        if (::setgid(static_cast<gid_t>(call.size)) != 0 || ::setuid(static_cast<uid_t>(call.size)) != 0) std::abort();
        return true;
    }
    return false;
}

/// Replaces a value by others, all of one letter, for some seconds.
template <class S>
std::string flip(S& storage, Call const& call) {
    Key const key = Key::parse(call.key).value();
    auto const end = Environment::system().monotonic() + std::chrono::seconds(std::stoi(call.letter));
    std::size_t n = 0;
    for (; Environment::system().monotonic() < end; ++n)
        if (!file_test::applied(
                file_test::set(storage, RecordId(key), std::string(call.size - n % 2, n % 2 == 0 ? 'a' : 'b'))))
            return "failed";
    return std::to_string(n);
}

/// Reads as long as that: how often, or what was wrong.
template <class S>
std::string watch(S& storage, Call const& call) {
    Key const key = Key::parse(call.key).value();
    auto const end = Environment::system().monotonic() + std::chrono::seconds(std::stoi(call.letter));
    std::string const one = "a" + std::to_string(call.size), other = "b" + std::to_string(call.size - 1);
    std::size_t n = 0;
    for (; Environment::system().monotonic() < end; ++n)
        if (auto const seen = word(storage.read(context(), RecordId(key))); seen != one && seen != other) return seen;
    return std::to_string(n);
}

template <class S>
std::string run(S& storage, Call const& call) {
    if (call.verb == "flip") return flip(storage, call);
    if (call.verb == "watch") return watch(storage, call);
    Key const key = Key::parse(call.key).value();
    bool const versions = call.verb.ends_with("-version");
    RecordId const id(key, versions ? Slot::version : Slot::current, versions ? VersionId{1, {1, 2}} : VersionId{});
    if (call.verb.starts_with("read")) return word(marked([&] { return storage.read(context(), id); }));
    auto before = storage.read(context(), id);
    if (!before) return std::string(name(before.error().code()));
    if (call.verb.starts_with("warm-") && *before) {  // the same content again, so that the call is not the first
        auto const same = next(*before, key, (*before)->payload.view());
        (void)storage.write(context(), id, same, Precondition::unchanged_since(*before));
        before = storage.read(context(), id);
    }
    auto const record = next(*before, key, call.payload());
    if (call.verb.starts_with("create"))
        return word(marked([&] { return storage.write(context(), id, record, Precondition::absent()); }));
    Precondition const same = Precondition::unchanged_since(*before);
    auto const once = [&] {
        return word(marked([&] {
            return call.verb.find("remove") != call.verb.npos ? storage.remove(context(), id, same)
                                                              : storage.write(context(), id, record, same);
        }));
    };
    std::string const first = once();
    if (!call.verb.starts_with("again-")) return first;
    std::string const second =  // a removal whose base is gone is repeated without one
        call.verb == "again-remove" ? word(storage.remove(context(), id, Precondition::none())) : once();
    return first + " " + second;
}

template <class Open>
int main_with(Open const& open, std::vector<std::string> const& words) {
    std::string printed;
    std::vector<Call> calls;
    for (auto const& text : words) calls.emplace_back(text);
    std::size_t at = 0;
    while (at < calls.size() && limit(calls[at])) ++at;
    bool const shown = at < calls.size() && calls[at].verb == "open";
    auto storage = shown ? marked(open) : open();
    if (!storage) printed = std::string(name(storage.error().code())) + "\n";
    else if (shown) printed = "open\n";
    for (at += shown ? 1 : 0; storage && at < calls.size(); ++at) printed += run(*storage, calls[at]) + "\n";
    std::fputs(printed.c_str(), stdout);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    std::vector<std::string> const words(argv + 3, argv + argc);
    std::string const durability = argv[1], directory = argv[2];
    if (durability == "none")
        return main_with([&] { return FileStorage<SlotFirst, Durability::none>::open(directory); }, words);
    if (durability == "data")
        return main_with([&] { return FileStorage<SlotFirst, Durability::data>::open(directory); }, words);
    if (durability == "tree") return main_with([&] { return test::open_tree(directory); }, words);
    return main_with([&] { return FileStorage<SlotFirst, Durability::full>::open(directory); }, words);
}
