#ifndef HOLDFAST_SERIALIZATION_JSON_INPUT_HPP
#define HOLDFAST_SERIALIZATION_JSON_INPUT_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/serialization/json/fault.hpp>

#include <simdjson.h>

#include <algorithm>
#include <cstddef>
#include <forward_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast::detail {

static_assert(simdjson::SIMDJSON_PADDING <= read_padding, "holdfast: this simdjson reads further than a Bytes allows");

/// The thread's parser, for as long as this lives. Reading inside of reading gets one of its own.
class JsonParser {
public:
    JsonParser() : parser_(std::move(kept())) {
        if (!parser_) parser_ = std::make_unique<simdjson::ondemand::parser>();
    }
    JsonParser(JsonParser const&) = delete;
    JsonParser& operator=(JsonParser const&) = delete;
    // It needs about six bytes for each byte of the largest payload, so a large one is not kept.
    ~JsonParser() {
        if (parser_->capacity() <= largest_kept) kept() = std::move(parser_);
    }

    simdjson::ondemand::parser& operator*() noexcept { return *parser_; }

private:
    static constexpr std::size_t largest_kept = 1 << 20;

    static std::unique_ptr<simdjson::ondemand::parser>& kept() {
        thread_local std::unique_ptr<simdjson::ondemand::parser> parser;
        return parser;
    }

    std::unique_ptr<simdjson::ondemand::parser> parser_;
};

/// One payload while it is read.
struct JsonInput {
    JsonParser parser;
    simdjson::ondemand::document document;
    char const* begin = nullptr;
    char const* end = nullptr;
    unsigned depth = 0;
    JsonFault fault;
    std::vector<std::string_view> names;       ///< of the objects that are open, for the search for equal ones
    std::forward_list<std::string> unescaped;  ///< names that had an escape
};

/// The names of one object, in the input's common stack.
class JsonNameList {
public:
    explicit JsonNameList(JsonInput& in) noexcept : names_(in.names), base_(names_.size()) {}
    JsonNameList(JsonNameList const&) = delete;
    JsonNameList& operator=(JsonNameList const&) = delete;
    ~JsonNameList() { names_.resize(base_); }

    void add(std::string_view name) { names_.push_back(name); }
    bool unique() {
        auto const first = names_.begin() + static_cast<std::ptrdiff_t>(base_);
        if (names_.end() - first <= 16) {  // equal lengths are rare: cheaper than to sort
            for (auto name = first; name != names_.end(); ++name)
                if (std::find(first, name, *name) != name) return false;
            return true;
        }
        std::sort(first, names_.end());
        return std::adjacent_find(first, names_.end()) == names_.end();
    }

private:
    std::vector<std::string_view>& names_;
    std::size_t base_;
};

}  // namespace holdfast::detail

#endif
