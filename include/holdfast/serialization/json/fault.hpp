#ifndef HOLDFAST_SERIALIZATION_JSON_FAULT_HPP
#define HOLDFAST_SERIALIZATION_JSON_FAULT_HPP

#include <holdfast/core/error.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast::detail {

/// Why coding stopped, and where. The path is put together on the way out, so that a success pays nothing for it.
///
/// It never holds what stands in a payload: members of a struct are named, since the program names them, members
/// that only the data names are counted, `$.tables{2}.rows` being in the third table.
class JsonFault {
public:
    explicit operator bool() const noexcept { return code_ != Errc{}; }

    /// Keeps the first fault. False, so that the caller can return it.
    bool set(Errc code, std::string message) {
        if (!*this) {
            code_ = code;
            message_ = std::move(message);
        }
        return false;
    }
    bool inside(std::string_view member) { return prepend(std::string(".").append(member)); }
    bool inside_element(std::size_t index) { return prepend("[" + std::to_string(index) + "]"); }
    bool inside_member(std::size_t index) { return prepend("{" + std::to_string(index) + "}"); }

    Error error(std::string_view what_to_do) const {
        return Error(code_, std::string("JSON at $").append(path_).append(": ").append(message_).append(what_to_do));
    }

private:
    bool prepend(std::string step) {
        path_.insert(0, step);
        return false;
    }

    Errc code_{};
    std::string message_, path_;
};

}  // namespace holdfast::detail

#endif
