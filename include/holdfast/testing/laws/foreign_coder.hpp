#ifndef HOLDFAST_TESTING_LAWS_FOREIGN_CODER_HPP
#define HOLDFAST_TESTING_LAWS_FOREIGN_CODER_HPP

#include <holdfast/process/fd.hpp>
#include <holdfast/testing/laws/codings.hpp>

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

// The law of serializations about what others have encoded.
namespace holdfast::testing::law {

/// What a child that was forked says before it ends: `body` gives it.
template <class Body>
std::string said_by_child(Body&& body) {
    using holdfast::detail::uninterrupted;
    auto pipe = holdfast::detail::open_pipe();
    if (!pipe.from) return {};
    pid_t const child = ::fork();
    if (child == 0) {
        (void)pipe.from.close();
        std::string const all = body();
        for (std::string_view rest = all; !rest.empty();) {
            ssize_t const n = uninterrupted([&] { return ::write(pipe.to.get(), rest.data(), rest.size()); });
            if (n <= 0) break;
            rest.remove_prefix(static_cast<std::size_t>(n));
        }
        ::_exit(0);
    }
    (void)pipe.to.close();
    std::string said;
    char part[4096];
    auto const next = [&] { return uninterrupted([&] { return ::read(pipe.from.get(), part, sizeof part); }); };
    for (ssize_t n = 0; child > 0 && (n = next()) > 0;) said.append(part, static_cast<std::size_t>(n));
    if (child > 0) (void)uninterrupted([&] { return ::waitpid(child, nullptr, 0); });
    return said;
}

/// States that another process has encoded, decoded by a coder that had coded nothing before.
template <class State, class Z>
class ForeignCoder {
public:
    explicit ForeignCoder(Codings<State, Z> const& codings) {
        auto const where = codings.usual();
        std::string const said = said_by_child([&] {
            std::string all;
            for (State const& state : codings.states()) {
                auto const bytes = codings.encode(state, where);
                std::size_t const size = bytes ? bytes->size() : 0;
                all.append(reinterpret_cast<char const*>(&size), sizeof size);
                if (bytes) all.append(bytes->view());
            }
            return all;
        });
        std::string_view rest = said;
        for (std::size_t size = 0; rest.size() >= sizeof size; rest.remove_prefix(size)) {
            std::memcpy(&size, rest.data(), sizeof size);
            rest.remove_prefix(sizeof size);
            if (size > rest.size()) break;
            records_.push_back(codings.record(where, Bytes::copy(rest.substr(0, size))));
            decoded_.emplace_back(codings.decode(where, records_.back()));
        }
    }

    std::vector<Result<State>> const& decoded() const noexcept { return decoded_; }

private:
    std::vector<RecordPtr> records_;  // what is not owned is another law's
    std::vector<Result<State>> decoded_;
};

template <class State, class Z>
void bytes_say_all(Codings<State, Z> const& codings, ForeignCoder<State, Z> const& foreign) {
    if (!codings.found().begins("bytes_say_all", {"states_come_back"})) return;
    auto const states = codings.states();
    auto const& decoded = foreign.decoded();
    for (std::size_t i = 0; i < states.size(); ++i) {
        std::string const did = codings.nth(i) + " encoded by another process";
        if (!codings.expect(i < decoded.size(), did, "a state can be encoded by a process that was forked",
                            "it ended before"))
            return;
        codings.expect(decoded[i] && *decoded[i] == states[i], did,
                       "what another coder of the same settings has encoded comes back",
                       decoded[i] ? "another state" : decoded[i].error().describe());
    }
}

}  // namespace holdfast::testing::law

#endif
