#ifndef HOLDFAST_SERIALIZATION_JSON_INPUT_HPP
#define HOLDFAST_SERIALIZATION_JSON_INPUT_HPP

#include <holdfast/process/loan.hpp>
#include <holdfast/serialization/json/fault.hpp>
#include <holdfast/serialization/json/simdjson.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::detail {

/// Where the tokens of a payload are: brackets, commas, colons, and the first bytes of strings, numbers and names.
/// simdjson's first stage, without its second one: what follows a token is for the reader to judge.
///
/// In memory of the thread, for as long as this lives. Reading inside of reading gets its own.
class JsonTokens {
public:
    JsonTokens() = default;
    JsonTokens(JsonTokens const&) = delete;
    JsonTokens& operator=(JsonTokens const&) = delete;
    // It needs four bytes for each byte of the largest payload, so a large one is not kept.
    ~JsonTokens() {
        Simdjson::give_back(*finder_);
        if (*finder_ && (*finder_)->capacity() > largest_kept) (*finder_).reset();
    }

    /// Refuses text that is not UTF-8, strings without an end and control characters inside of them. `UNINITIALIZED`:
    /// simdjson is gone.
    simdjson::error_code find(std::string_view text) {
        auto error = *finder_ ? Simdjson::make_room(**finder_, text.size()) : Simdjson::make(*finder_, text.size());
        if (!error) {
            auto const* const bytes = reinterpret_cast<unsigned char const*>(text.data());
            error = (*finder_)->stage1(bytes, text.size(), simdjson::stage1_mode::regular);
        }
        return error;
    }
    /// Offsets. Behind the last one stands the size of the text.
    std::uint32_t const* begin() const noexcept { return (*finder_)->structural_indexes.get(); }
    std::uint32_t const* end() const noexcept { return begin() + (*finder_)->n_structural_indexes; }

private:
    static constexpr std::size_t largest_kept = 1 << 20;

    Loan<Simdjson::Finder> finder_;
};

/// One payload while it is read.
struct JsonInput {
    JsonTokens tokens;
    char const* begin = nullptr;
    char const* end = nullptr;
    std::uint32_t const* next = nullptr;  ///< the token at which the next value begins
    std::uint32_t const* stop = nullptr;
    unsigned depth = 0;
    JsonFault fault;
    std::vector<std::string_view> names;  ///< of the objects that are open, for the search for equal ones
    std::vector<std::unique_ptr<std::string>> unescaped;  ///< names that had an escape

    /// The first character of a token; none behind the last one.
    char front(std::uint32_t const* token) const noexcept { return token != stop ? begin[*token] : '\0'; }
};

/// The names of one object, in the input's common stack.
class JsonNameList {
public:
    explicit JsonNameList(JsonInput& in) noexcept : names_(in.names), base_(names_.size()) {}
    JsonNameList(JsonNameList const&) = delete;
    JsonNameList& operator=(JsonNameList const&) = delete;
    ~JsonNameList() { names_.resize(base_); }

    void add(std::string_view name) {
        std::uint64_t const bit = std::uint64_t(1) << (name.empty() ? 0 : (name.front() * 7 + name.back()) & 63);
        suspect_ = suspect_ || (seen_ & bit) != 0;
        seen_ |= bit;
        names_.push_back(name);
    }
    bool unique() { return !suspect_ || unique_indeed(); }

private:
    bool unique_indeed() {
        auto const first = names_.begin() + static_cast<std::ptrdiff_t>(base_);
        if (names_.end() - first <= 16) {  // equal lengths are rare: cheaper than to sort
            for (auto name = first; name != names_.end(); ++name)
                if (std::find(first, name, *name) != name) return false;
            return true;
        }
        std::sort(first, names_.end());
        return std::adjacent_find(first, names_.end()) == names_.end();
    }

    std::vector<std::string_view>& names_;
    std::size_t base_;
    std::uint64_t seen_ = 0;  ///< a bit for the first and last characters of a name: most names differ in it
    bool suspect_ = false;
};

}  // namespace holdfast::detail

#endif
