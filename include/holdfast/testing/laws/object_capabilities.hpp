#ifndef HOLDFAST_TESTING_LAWS_OBJECT_CAPABILITIES_HPP
#define HOLDFAST_TESTING_LAWS_OBJECT_CAPABILITIES_HPP

#include <holdfast/object/bulk_objects.hpp>
#include <holdfast/object/large_objects.hpp>
#include <holdfast/process/fd.hpp>
#include <holdfast/testing/laws/object_calls.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

// The laws of `BulkObjectStore` and `LargeObjectStore`.
namespace holdfast::testing::law {

template <BulkObjectStore O>
void many_are_each(O& objects, Findings& found) {
    if (!found.begins("many_are_each", {"bodies_are_bounded", "removals_heed_revisions", "every_name_is_listed_once"})) return;
    std::string const base = fresh_name();
    Named<O> at(objects, found, base);
    at.expect(objects.at_once() > 0, "some are done beside each other");
    std::vector<std::string> names;
    std::vector<Revision> revisions;
    for (int i = 0; i < 25; ++i) {
        names.push_back(base + "/" + std::to_string(i));
        Named<O> one(objects, found, names.back());
        auto const done = i % 3 == 2 ? Result<WriteOutcome>(WriteOutcome::conflict()) : one.put(names.back());
        revisions.push_back(is_applied(done) ? done->revision() : Revision());
    }
    std::vector<ObjectRead> reads;
    for (std::size_t i = 0; i < names.size(); ++i)
        reads.push_back({.name = names[i], .known = i % 4 == 1 ? revisions[i] : Revision(), .most = i % 5 == 4 ? 1u : 1000u});
    reads.push_back(reads[3]);  // one may be asked for twice
    for (std::size_t const count : {std::size_t{0}, std::size_t{1}, reads.size()}) {
        auto const all = at.safely([&]() -> Result<std::vector<Result<Fetched>>> {
            return objects.get_many(patient(), std::span(reads).first(count));
        });
        at.note("get of " + std::to_string(count), all);
        if (!at.succeeds(all) || !at.expect(all->size() == count, "there is a result for each request")) return;
        for (std::size_t i = 0; i < count; ++i) {
            auto const single = objects.get(patient(), reads[i]);
            auto const& one = (*all)[i];
            bool const same = single.has_value() == one.has_value() &&
                              (single ? single->kind == one->kind && single->revision == one->revision && single->body == one->body &&
                                            single->size == one->size
                                      : single.error().code() == one.error().code());
            at.expect(same, "each of many results is that of the single call", came(one) + " instead of " + came(single));
        }
    }
    bool const can = holdfast::detail::removes_conditionally(objects);
    std::vector<ObjectRemoval> removals;
    for (std::size_t i = 0; i < names.size(); ++i)
        removals.push_back({names[i], i % 2 == 1   ? Precondition::none()
                                      : i % 4 == 0 ? Precondition::matches(revisions[0])
                                                   : Precondition::absent()});
    auto const done = objects.remove_many(patient(), removals);
    at.note("removal of " + std::to_string(removals.size()), std::string("some outcomes"));
    if (!at.expect(done.size() == removals.size(), "there is a result for each request")) return;
    auto const listed = at.safely([&] { return objects.list(patient(), {.prefix = base}); });
    at.note("listing of " + base, listed);
    for (std::size_t i = 0; i < names.size(); ++i) {
        Named<O> one(objects, found, names[i]);
        bool const there = i % 3 != 2, conditional = i % 4 == 0, blind = i % 2 == 1;
        bool const holds = blind || (conditional ? i == 0 : !there);
        bool const right = conditional && !can ? !done[i] : (holds ? is_applied(done[i]) : is_conflict(done[i]));
        at.expect(right, "each of many removals has the outcome of a single one", came(done[i]));
        bool const gone = !there || (holds && !(conditional && !can));
        one.expect(gone ? one.is_absent() : one.has(names[i]), "each of many removals does what a single one does");
        std::size_t times = 0;
        for (std::size_t k = 0; listed && k < listed->objects.size(); ++k) times += listed->objects[k].name == names[i];
        one.expect(times == (gone ? 0 : 1), "what is left of many removals is listed, and nothing else");
        (void)one.removes();
    }
}

/// A file without a name.
class LawFile {
public:
    LawFile() {
        char const* const base = Environment::variable("TMPDIR");
        std::string const path = std::string(base == nullptr ? "/tmp" : base) + "/holdfast-" + fresh_key().str();
        file_ = holdfast::detail::open_at(AT_FDCWD, path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
        if (file_) (void)::unlink(path.c_str());
    }
    explicit LawFile(std::string_view text) : LawFile() {
        if (file_) (void)!::write(fd(), text.data(), text.size());
        rewind();
    }
    int fd() const noexcept { return file_.get(); }
    void rewind() const noexcept { (void)::lseek(fd(), 0, SEEK_SET); }
    std::string text() const {
        rewind();
        std::string all;
        char part[4096];
        for (ssize_t got; (got = ::read(fd(), part, sizeof part)) > 0;) all.append(part, static_cast<std::size_t>(got));
        return all;
    }

private:
    holdfast::detail::Fd file_;
};

template <LargeObjectStore O>
void large_bodies_are_bodies(O& objects, Findings& found) {
    if (!found.begins("large_bodies_are_bodies", {"bodies_are_bounded"})) return;
    on_a_name(objects, found, [&](Named<O>& at) {
        LawFile const nowhere;
        auto const none = at.safely([&] { return objects.get_to(patient(), {.name = at.name()}, nowhere.fd()); });
        at.note("get of nothing to a file", came(none));
        at.expect(none && none->kind == Fetched::Kind::absent && nowhere.text().empty(), "of what is absent nothing is written");
        Revision before;
        for (std::size_t const size : {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{300'001}}) {
            std::string body;
            while (body.size() < size) body.append(std::to_string(body.size())).append(",");
            body.resize(size);
            LawFile const from("before" + body + "behind"), to("before");
            (void)::lseek(from.fd(), 6, SEEK_SET);
            auto const put = at.safely([&] { return objects.put_from(patient(), at.name(), from.fd(), size, Precondition::none()); });
            at.note("put of " + std::to_string(size) + " bytes from a file", came(put));
            if (!at.succeeds(put) || !at.expect(is_applied(put), "a put without a condition is applied")) return;
            auto const now = at.get();
            at.expect(now && now->body.view() == body && now->revision == put->revision(), "what comes from a file is read like any other");
            (void)::lseek(to.fd(), 6, SEEK_SET);
            auto const got = at.safely([&] { return objects.get_to(patient(), {.name = at.name()}, to.fd()); });
            at.note("get to a file", came(got));
            if (!at.succeeds(got)) return;
            at.expect(got->kind == Fetched::Kind::found && got->size == size && got->revision == put->revision() && got->body.empty(),
                      "of what goes to a file size and revision are told");
            at.expect(to.text() == "before" + body, "a body goes to a file from its position on, whole");
            LawFile const same;
            auto const unchanged = at.safely([&] { return objects.get_to(patient(), {.name = at.name(), .known = put->revision()}, same.fd()); });
            at.note("get of what is known to a file", came(unchanged));
            at.expect(unchanged && unchanged->kind == Fetched::Kind::unchanged && same.text().empty(), "of what is known nothing is written");
            LawFile const whole;
            auto const other = at.safely([&] { return objects.get_to(patient(), {.name = at.name(), .known = before}, whole.fd()); });
            at.note("get of another than is known to a file", came(other));
            at.expect(before.empty() || (other && other->kind == Fetched::Kind::found && whole.text() == body),
                      "what is another than the known one goes to a file whole");
            before = put->revision();
            if (size > 0) {
                auto const more = at.safely([&] { return objects.get_to(patient(), {.name = at.name(), .most = size - 1}, same.fd()); });
                at.note("get of more than the bound to a file", came(more));
                at.expect(!more && more.error() == Errc::too_large, "a body beyond the bound is 'too_large'");
            }
        }
    });
}

template <LargeObjectStore O>
void large_puts_heed_conditions(O& objects, Findings& found) {
    if (!found.begins("large_puts_heed_conditions", {"large_bodies_are_bodies", "puts_heed_conditions"})) return;
    on_a_name(objects, found, [&](Named<O>& at) {
        auto const put = [&](std::string_view body, std::uint64_t size, Precondition const& when) {
            LawFile const from(body);
            auto done = at.safely([&] { return objects.put_from(patient(), at.name(), from.fd(), size, when); });
            at.note("put of " + std::to_string(size) + " bytes from a file" + shown(when), came(done));
            return done;
        };
        std::string const body(100'000, 'x');
        auto const first = put(body, body.size(), Precondition::absent());
        if (!at.expect(is_applied(first), "'absent' creates")) return;
        at.expect(is_conflict(put("other", 5, Precondition::absent())), "'absent' does not hold on what is there");
        at.expect(at.has(body), "a put that conflicts changes nothing");
        if (!at.expect(is_applied(put("second", 6, Precondition::matches(first->revision()))), "'matches' holds on the revision that is there")) return;
        at.expect(is_conflict(put("third", 5, Precondition::matches(first->revision()))), "'matches' does not hold on what was replaced");
        auto const shorter = put("short", 6, Precondition::none());
        at.expect(!shorter && shorter.error() == Errc::malformed, "a file that ends too early is 'malformed'");
        at.expect(at.has("second"), "a put that fails changes nothing");
    });
}

}  // namespace holdfast::testing::law

#endif
