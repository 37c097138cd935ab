#ifndef HOLDFAST_SERIALIZATION_JSON_SIMDJSON_HPP
#define HOLDFAST_SERIALIZATION_JSON_SIMDJSON_HPP

#include <holdfast/core/library_life.hpp>
#include <holdfast/core/utf8.hpp>

#include <simdjson.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>

namespace holdfast::detail {

/// What we ask of simdjson's global objects, which are destroyed when the process ends, and what is done without them.
///
/// Thread safety: every member, from any thread.
class Simdjson {
public:
    using Finder = std::unique_ptr<simdjson::internal::dom_parser_implementation>;

    /// Makes what finds tokens. When simdjson is gone there is one for all, and for a second caller at the same time
    /// none: `UNINITIALIZED`.
    static simdjson::error_code make(Finder& finder, std::size_t capacity) noexcept {
        if (auto const use = life_.use())
            return simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, nesting, finder);
        finder.reset(last_.exchange(nullptr, std::memory_order_acq_rel));
        return finder ? make_room(*finder, capacity) : simdjson::UNINITIALIZED;
    }
    static simdjson::error_code make_room(Finder::element_type& finder, std::size_t capacity) noexcept {
        return finder.capacity() < capacity ? finder.allocate(capacity, nesting) : simdjson::SUCCESS;
    }
    /// After use. If simdjson is gone it is kept for all.
    static void give_back(Finder& finder) noexcept {
        if (life_.is_over()) keep_last(finder);
    }

    static bool is_utf8(std::string_view text) noexcept {
        if (auto const use = life_.use()) return simdjson::validate_utf8(text.data(), text.size());
        for (std::size_t at = 0; at < text.size();)
            if (next_code_point(text, at) == bad_utf8) return false;
        return true;
    }

private:
    static constexpr std::size_t nesting = 1;  // is for stages that are not used

    /// Makes simdjson's global objects, and sees to it that `end` is called before they are destroyed. Before `main`:
    /// a child that is forked while a thread makes them could never use them.
    static bool begin() noexcept {
        (void)simdjson::get_active_implementation()->name();
        return std::atexit(end) == 0;
    }
    static void end() noexcept {
        Finder last;
        (void)make(last, 1 << 12);
        keep_last(last);
        life_.end();
    }
    static void keep_last(Finder& finder) noexcept {
        Finder::pointer nobody = nullptr;
        if (last_.compare_exchange_strong(nobody, finder.get(), std::memory_order_acq_rel)) (void)finder.release();
    }

    static inline constinit LibraryLife life_;
    static inline constinit std::atomic<Finder::pointer> last_{nullptr};
    static inline bool const begun_ = begin();
};

}  // namespace holdfast::detail

#endif
