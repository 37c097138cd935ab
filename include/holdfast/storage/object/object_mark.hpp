#ifndef HOLDFAST_STORAGE_OBJECT_OBJECT_MARK_HPP
#define HOLDFAST_STORAGE_OBJECT_OBJECT_MARK_HPP

#include <holdfast/format/layout_mark.hpp>
#include <holdfast/object/object_layout.hpp>
#include <holdfast/object/object_store.hpp>

#include <atomic>
#include <string>
#include <string_view>

namespace holdfast::detail {

/// The mark of a layout in an object store (`LayoutMark`), looked for and made once by each who uses it. Nothing is to be
/// known of it twice: it never changes.
template <ObjectLayout Layout>
class ObjectMark {
public:
    explicit ObjectMark(std::string_view prefix) : name_(std::string(prefix) + LayoutMark::file_name) {}

    /// Errors: `incompatible`, `malformed` (another layout); those of the store. Cost: 1 request, once.
    template <ObjectStore Objects>
    Result<void> look(Context const& ctx, Objects& objects) {
        if constexpr (Layout::framed) {
            if (looked_.load(std::memory_order_acquire)) return {};
            auto found = find(ctx, objects);
            if (!found) return std::move(found).error();
            if (*found) there_.store(true, std::memory_order_release);
            looked_.store(true, std::memory_order_release);
        }
        return {};
    }

    /// The same; and makes it if there is none. Cost: 1 request, once; 2 if it is not there, which is once for all.
    template <ObjectStore Objects>
    Result<void> make(Context const& ctx, Objects& objects) {
        if constexpr (Layout::framed) {
            if (there_.load(std::memory_order_acquire)) return {};
            if (auto const before = find(ctx, objects); !before || *before)
                return before ? noted() : Result<void>(before.error());
            std::string const text = LayoutMark::text(Layout::layout_name);
            std::string_view const part = text;
            auto const when = Objects::conditional_put ? Precondition::absent() : Precondition::none();
            auto const done = objects.put(ctx, name_, {&part, 1}, when);
            if (done && done->kind() == WriteOutcome::Kind::applied) return noted();
            // It is there, or nobody knows: it is the same whoever puts it, and late.
            auto const found = find(ctx, objects);
            if (!found) return found.error();
            if (*found) return noted();
            Error const why = !done ? done.error() : done->why();
            return Error::because(Errc::unavailable, "the mark of the layout could not be put, and nothing was written", why)
                .on(name_);
        }
        return {};
    }

private:
    Result<void> noted() {
        looked_.store(true, std::memory_order_release);
        there_.store(true, std::memory_order_release);
        return {};
    }

    template <ObjectStore Objects>
    Result<bool> find(Context const& ctx, Objects& objects) const {
        auto const got = objects.get(ctx, {.name = name_, .most = LayoutMark::most});
        if (!got && got.error() != Errc::too_large) return got.error();
        if (got && got->kind == Fetched::Kind::absent) return false;
        auto fine = LayoutMark::check(got ? got->body.view() : std::string_view(), Layout::layout_name);
        return fine ? Result<bool>(true) : Result<bool>(std::move(fine).error().on(name_));
    }

    std::string const name_;
    std::atomic<bool> looked_{false}, there_{false};
};

}  // namespace holdfast::detail

#endif
