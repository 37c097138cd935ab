#ifndef HOLDFAST_TESTS_ZOO_CRATE_HPP
#define HOLDFAST_TESTS_ZOO_CRATE_HPP

#include <holdfast/object/bulk_objects.hpp>
#include <holdfast/object/large_objects.hpp>
#include <holdfast/object/memory_objects.hpp>
#include <holdfast/posix/whole.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

namespace zoo {

using namespace holdfast;

/// An object store that can everything, and of which one thing may go wrong: what is asked of it goes through hooks.
class Crate {
public:
    static constexpr bool conditional_put = true;
    static constexpr bool conditional_remove = true;
    static constexpr bool late_writes = false;

    /// What is right, for hooks to stand on.
    MemoryObjects right{};

    std::function<Result<Fetched>(Context const&, ObjectRead const&)> on_get{};
    std::function<Result<WriteOutcome>(Context const&, std::string, std::string, Precondition const&)> on_put{};
    std::function<Result<WriteOutcome>(Context const&, std::string, Precondition const&)> on_remove{};
    std::function<Result<ObjectPage>(Context const&, ObjectQuery const&)> on_list{};
    std::function<std::vector<Result<Fetched>>(Context const&, std::span<ObjectRead const>)> on_get_many{};
    std::function<std::vector<Result<WriteOutcome>>(Context const&, std::span<ObjectRemoval const>)> on_remove_many{};
    std::function<Result<Fetched>(Context const&, ObjectRead const&, int)> on_get_to{};
    std::function<Result<WriteOutcome>(Context const&, std::string, int, std::uint64_t, Precondition const&)> on_put_from{};

    Result<WriteOutcome> right_put(Context const& c, std::string_view name, std::string_view body, Precondition const& when) {
        return right.put(c, name, {&body, 1}, when);
    }
    Result<Fetched> right_get_to(Context const& c, ObjectRead const& read, int fd) {
        auto got = get(c, read);
        if (!got) return got;
        std::string_view const body = got->body.view();
        if (!body.empty() && ::write(fd, body.data(), body.size()) < 0) return Error(Errc::unavailable);
        got->body = Bytes();
        return got;
    }
    Result<WriteOutcome> right_put_from(Context const& c, std::string_view name, int fd, std::uint64_t size,
                                        Precondition const& when) {
        std::string body(static_cast<std::size_t>(size), '\0');
        if (detail::read_whole(fd, body.data(), body.size()) != static_cast<ssize_t>(size)) return Error(Errc::malformed);
        std::string_view const all = body;
        return put(c, name, {&all, 1}, when);
    }

    Result<Fetched> get(Context const& c, ObjectRead const& read) { return on_get ? on_get(c, read) : right.get(c, read); }
    Result<WriteOutcome> put(Context const& c, std::string_view name, BodyParts parts, Precondition const& when) {
        if (!on_put) return right.put(c, name, parts, when);
        std::string body;
        for (std::string_view const part : parts) body.append(part);
        return on_put(c, std::string(name), std::move(body), when);
    }
    Result<WriteOutcome> remove(Context const& c, std::string_view name, Precondition const& when) {
        return on_remove ? on_remove(c, std::string(name), when) : right.remove(c, name, when);
    }
    Result<ObjectPage> list(Context const& c, ObjectQuery const& query) {
        return on_list ? on_list(c, query) : right.list(c, query);
    }
    std::vector<Result<Fetched>> get_many(Context const& c, std::span<ObjectRead const> reads) {
        if (on_get_many) return on_get_many(c, reads);
        std::vector<Result<Fetched>> all;
        for (ObjectRead const& one : reads) all.push_back(get(c, one));
        return all;
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& c, std::span<ObjectRemoval const> removals) {
        if (on_remove_many) return on_remove_many(c, removals);
        std::vector<Result<WriteOutcome>> all;
        for (ObjectRemoval const& one : removals) all.push_back(remove(c, one.name, one.when));
        return all;
    }
    std::size_t at_once() const { return 8; }
    Result<Fetched> get_to(Context const& c, ObjectRead const& read, int fd) {
        return on_get_to ? on_get_to(c, read, fd) : right_get_to(c, read, fd);
    }
    Result<WriteOutcome> put_from(Context const& c, std::string_view name, int fd, std::uint64_t size,
                                  Precondition const& when) {
        return on_put_from ? on_put_from(c, std::string(name), fd, size, when) : right_put_from(c, name, fd, size, when);
    }
};

}  // namespace zoo

#endif
