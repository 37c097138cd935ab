#ifndef HOLDFAST_TESTING_LAWS_OBJECT_CALLS_HPP
#define HOLDFAST_TESTING_LAWS_OBJECT_CALLS_HPP

#include <holdfast/object/object_store.hpp>
#include <holdfast/testing/laws/calls.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>

// How laws call an object store, and where.
namespace holdfast::testing::law {

inline std::string came(Fetched const& found) {
    if (found.kind == Fetched::Kind::absent) return "nothing";
    std::string text = found.kind == Fetched::Kind::unchanged ? "unchanged" : shown(found.body.view());
    return text.append(" of ").append(std::to_string(found.size)).append(" bytes, revision ").append(shown(found.revision));
}
inline std::string came(Result<Fetched> const& found) { return found ? came(*found) : found.error().describe(); }

/// One name that a law is checked on, called by one thread, which knows what it did when something is not as expected.
template <ObjectStore O>
class Named : public Witness {
public:
    Named(O& objects, Findings& found, std::string name) : Witness(found), objects_(&objects), name_(std::move(name)) {}

    O& objects() const noexcept { return *objects_; }
    std::string const& name() const noexcept { return name_; }
    /// The same for another thread.
    Named elsewhere() const { return Named(*objects_, found(), name_); }
    /// Another name beside it.
    Named beside(std::string_view ending) const { return Named(*objects_, found(), name_ + std::string(ending)); }

    Result<Fetched> get(ObjectRead read, Context const& ctx = patient()) {
        read.name = name_;
        auto done = this->safely([&] { return objects_->get(ctx, read); });
        note("get of " + name_ + asked(read), came(done));
        return done;
    }
    Result<Fetched> get() { return get(ObjectRead{}); }
    /// In several parts, so that none is forgotten.
    Result<WriteOutcome> put(std::string_view body, Precondition const& when = Precondition::none(),
                             Context const& ctx = patient()) {
        std::array<std::string_view, 4> const parts{body.substr(0, body.size() / 3), std::string_view(),
                                                    body.substr(body.size() / 3, 1), rest(body)};
        auto done = this->safely([&] { return objects_->put(ctx, name_, parts, when); });
        note("put of " + shown(body) + " to " + name_ + shown(when), law::came(done));
        return done;
    }
    Result<WriteOutcome> remove(Precondition const& when = Precondition::none(), Context const& ctx = patient()) {
        auto done = this->safely([&] { return objects_->remove(ctx, name_, when); });
        note("removal of " + name_ + shown(when), law::came(done));
        return done;
    }

    /// Whether it was applied.
    bool puts(std::string_view body, Precondition const& when = Precondition::none()) {
        return is_applied(put(body, when));
    }
    bool removes(Precondition const& when = Precondition::none()) { return is_applied(remove(when)); }
    /// Whether there is this body now.
    bool has(std::string_view body) {
        auto const now = get();
        return now && now->kind == Fetched::Kind::found && now->body.view() == body;
    }
    bool is_absent() {
        auto const now = get();
        return now && now->kind == Fetched::Kind::absent;
    }
    /// What is there now; empty if that cannot be told.
    Revision revision() {
        auto const now = get();
        return now ? now->revision : Revision();
    }

private:
    static std::string_view rest(std::string_view body) {
        std::size_t const from = body.size() / 3 + 1;
        return from < body.size() ? body.substr(from) : std::string_view();
    }
    static std::string asked(ObjectRead const& read) {
        std::string text;
        if (!read.known.empty()) text.append(", known ").append(shown(read.known));
        if (read.first != ObjectRead{}.first) text.append(", first ").append(std::to_string(read.first));
        if (read.most != ObjectRead{}.most) text.append(", most ").append(std::to_string(read.most));
        return text;
    }

    O* objects_;
    std::string name_;
};

/// A name that nobody else has.
inline std::string fresh_name() { return "law/" + std::string(fresh_key("").view().substr(0, 22)); }

/// Checks a law on a fresh name, and tidies up.
template <ObjectStore O, class Law>
void on_a_name(O& objects, Findings& found, Law&& law) {
    Named<O> at(objects, found, fresh_name());
    law(at);
    (void)at.removes();
}

}  // namespace holdfast::testing::law

#endif
