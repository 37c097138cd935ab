#ifndef HOLDFAST_TESTING_LAWS_OBJECT_BODIES_HPP
#define HOLDFAST_TESTING_LAWS_OBJECT_BODIES_HPP

#include <holdfast/testing/laws/object_calls.hpp>

#include <string>
#include <string_view>
#include <vector>

// The laws of `ObjectStore` about one caller.
namespace holdfast::testing::law {

template <ObjectStore O>
void puts_are_read(O& objects, Findings& found) {
    if (!found.begins("puts_are_read")) return;
    on_a_name(objects, found, [&](Named<O>& at) {
        at.expect(at.is_absent(), "what was never put is absent");
        std::string every;
        for (int byte = 0; byte < 256; ++byte) every.push_back(static_cast<char>(byte));
        std::vector<std::string> bodies = {"one", "", every, std::string(1, '\0'), std::string("two\r\nlines\n"), "one"};
        for (std::size_t const size : {1023u, 1024u, 1025u, 65'535u, 65'536u, 65'537u, 300'000u}) {
            std::string body;
            while (body.size() < size) body.append(every);
            body.resize(size);
            bodies.push_back(std::move(body));
        }
        for (std::string const& body : bodies) {
            auto const done = at.put(body);
            if (!at.succeeds(done) || !at.expect(is_applied(done), "a put without a condition is applied")) return;
            auto const now = at.get();
            if (!at.succeeds(now)) return;
            at.expect(now->kind == Fetched::Kind::found && now->body.view() == body, "what was put is read, byte for byte");
            at.expect(now->size == body.size(), "the size that is told is that of the body");
            at.expect(!now->revision.empty() && now->revision == done->revision(),
                      "what was put is read under the revision that the put returned");
            for (std::size_t i = 0; i < read_padding; ++i)
                if (!at.expect(now->body.empty() || now->body.data()[now->body.size() + i] == '\0',
                               "zero bytes follow a body, so that vectorized parsers can read it"))
                    return;
        }
        auto const before = at.get();
        (void)at.puts("another");
        at.expect(before && before->body.view() == bodies.back(), "a body that was read never changes");
    });
}

template <ObjectStore O>
void bodies_are_bounded(O& objects, Findings& found) {
    if (!found.begins("bodies_are_bounded", {"puts_are_read", "removed_objects_are_absent"})) return;
    on_a_name(objects, found, [&](Named<O>& at) {
        auto const none = at.get({.name = {}, .first = 10, .most = 10});
        at.expect(none && none->kind == Fetched::Kind::absent, "of what is absent there is no beginning");
        for (std::string const& body : {std::string("0123456789"), std::string(100'000, 'x'), std::string()}) {
            auto const done = at.put(body);
            if (!at.expect(is_applied(done), "a put without a condition is applied")) return;
            for (std::uint64_t const first : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{9}, std::uint64_t{10}, std::uint64_t{11}}) {
                auto const part = at.get({.name = {}, .first = first});
                if (!at.succeeds(part)) return;
                bool const right = part->kind == Fetched::Kind::found && part->size == body.size() &&
                                   part->body.view() == std::string_view(body).substr(0, first);
                at.expect(right, "of the first bytes no more are given, and the size of all");
                at.expect(part->revision.empty() || part->revision == done->revision(),
                          "a beginning has the revision of the whole, or none");
            }
            if (!body.empty()) {
                auto const more = at.get({.name = {}, .most = body.size() - 1});
                at.expect(!more && more.error() == Errc::too_large, "a body beyond the bound is 'too_large'");
            }
            auto const most = at.get({.name = {}, .most = body.size()});
            at.expect(most && most->kind == Fetched::Kind::found && most->body.view() == body, "a body within the bound is read");
            auto const same = at.get({.name = {}, .known = done->revision()});
            if (!at.succeeds(same)) return;
            at.expect(same->kind == Fetched::Kind::unchanged && same->revision == done->revision() && same->body.empty(),
                      "what is known and still there is unchanged, and not transferred");
            auto const bounded = at.get({.name = {}, .known = done->revision(), .most = body.size() / 2});
            at.expect(bounded && bounded->kind == Fetched::Kind::unchanged, "what is known is unchanged, whatever the bound");
            auto const other = at.put(body + "x");
            auto const changed = at.get({.name = {}, .known = done->revision()});
            at.expect(is_applied(other) && changed && changed->kind == Fetched::Kind::found && changed->body.size() == body.size() + 1,
                      "what is another than the known one is read whole");
            (void)at.removes();
            auto const gone = at.get({.name = {}, .known = done->revision()});
            at.expect(gone && gone->kind == Fetched::Kind::absent, "what is known and was removed is absent");
        }
    });
}

template <ObjectStore O>
void removed_objects_are_absent(O& objects, Findings& found) {
    if (!found.begins("removed_objects_are_absent", {"puts_are_read"})) return;
    on_a_name(objects, found, [&](Named<O>& at) {
        Named<O> other = at.beside("-beside");
        (void)other.puts("beside");
        for (int round = 0; round < 3; ++round) {
            at.expect(at.removes(), "a removal of what is absent is applied");
            at.expect(at.puts("x"), "what was removed can be put again");
            at.expect(at.has("x"), "what was put again is read");
            at.expect(at.removes(), "a removal without a condition is applied");
            at.expect(at.is_absent(), "what was removed is absent");
        }
        at.expect(at.removes(Precondition::absent()), "a removal that demands absence is applied where nothing is");
        (void)at.puts("y");
        at.expect(is_conflict(at.remove(Precondition::absent())), "a removal that demands absence removes nothing");
        at.expect(at.has("y"), "a removal that demands absence removes nothing");
        at.expect(other.has("beside"), "removals leave other names alone");
        (void)other.removes();
    });
}

template <ObjectStore O>
void names_are_bytes(O& objects, Findings& found) {
    if (!found.begins("names_are_bytes", {"puts_are_read", "removed_objects_are_absent"})) return;
    std::string const base = fresh_name();
    std::vector<std::string> names;
    for (std::string_view const end :
         {"/a", "/A", "/a!2f", "/a.b", "/a b", "/a%2fb", "/%61", "/a+b", "/..a", "/...", "/.a", "/a~", "/\xc3\xa4", "/a\xcc\x88",
          "/a\\b", "/a:b", "/a*", "/a?", "/a\"", "/a&b", "/a#b", "/a;b", "/b/c/d/e", "/b/c/d/f", "/b/c2", "/-", "/\x01", "/a'b", "/a.", "/a..", "/a ", "/d/x", "/d./x"})
        names.push_back(base + std::string(end));
    names.push_back(base + "/" + std::string(200, 'n'));
    for (int depth = 0; depth < 20; ++depth) names.push_back(base + "/deep" + std::to_string(depth) + [&] {
        std::string way;
        for (int i = 0; i < depth; ++i) way.append("/x");
        return way + "/end";
    }());
    std::vector<bool> kept;
    for (std::string const& name : names) {
        Named<O> at(objects, found, name);
        auto const done = at.put(name);
        if (!done) at.expect(at.is_absent(), "a name that is refused is no object");
        kept.push_back(is_applied(done));
    }
    for (std::size_t i = 0; i < names.size(); ++i)
        if (kept[i]) {
            Named<O> at(objects, found, names[i]);
            at.expect(at.has(names[i]), "different names are different objects");
        }
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (!kept[i]) continue;
        Named<O> at(objects, found, names[i]);
        (void)at.removes();
        at.expect(at.is_absent(), "what was removed is absent");
        if (i + 1 < names.size() && kept[i + 1]) {
            Named<O> next(objects, found, names[i + 1]);
            next.expect(next.has(names[i + 1]), "a removal leaves names alone that look alike");
        }
    }
    for (std::string const& wrong : {std::string(), std::string("/a"), std::string("a/"), base + "//b", base + "/./b", base + "/../b",
                                     std::string(".."), base + std::string("/a\0b", 4), base + "/" + std::string(1100, 'n')}) {
        Named<O> at(objects, found, wrong);
        auto const done = at.put("x");
        at.expect(!done && done.error() == Errc::invalid_argument, "a name that no store can hold is refused: 'invalid_argument'");
    }
}

template <ObjectStore O>
void failed_puts_change_nothing(O& objects, Findings& found) {
    if (!found.begins("failed_puts_change_nothing", {"puts_are_read", "removed_objects_are_absent"})) return;
    on_a_name(objects, found, [&](Named<O>& at) {
        for (bool const there : {false, true}) {
            if (there) (void)at.puts("old");
            for (Context const& ctx : hasty()) {
                auto const put = at.put("new", Precondition::none(), ctx);
                bool const may = put.has_value();
                at.expect(!is_conflict(put), "who has no time, or asks to stop, meets no conflict");
                if (!may) at.expect(there ? at.has("old") : at.is_absent(), "a put that is an error has changed nothing");
                if (may) at.expect(at.has("new"), "a put that was applied is read");
                if (there ? !at.puts("old") : !at.removes()) return;
                auto const removed = at.remove(Precondition::none(), ctx);
                at.expect(!is_conflict(removed), "who has no time, or asks to stop, meets no conflict");
                if (!removed) at.expect(there ? at.has("old") : at.is_absent(), "a removal that is an error has changed nothing");
                if (there) (void)at.puts("old");
            }
        }
    });
}

}  // namespace holdfast::testing::law

#endif
