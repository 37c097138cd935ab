#ifndef HOLDFAST_CORE_ERROR_HPP
#define HOLDFAST_CORE_ERROR_HPP

#include <holdfast/core/time.hpp>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

/// What went wrong, named by what to do about it.
enum class Errc : unsigned char {
    conflict = 1,               ///< somebody else wrote first: read again and decide anew
    busy,                       ///< a lock or the storage is held by somebody else: try later
    timed_out,                  ///< the deadline came first
    cancelled,                  ///< the caller asked to stop
    aborted,                    ///< the caller's own function gave up
    unavailable,                ///< the storage cannot be reached or used now; nothing was written: repeat
    unknown_outcome,            ///< the write may or may not have happened: `resolve` or `seal` it
    fenced,                     ///< a later holder of the lock has taken over: stop, do not repeat
    already_held,               ///< this holder has the lock already: write through its guard
    lost,                       ///< the lock or pin is not held any more: stop, acquire it anew
    malformed,                  ///< stored bytes are damaged or are not ours: repair or restore
    incompatible,               ///< the record follows other rules (policy or format version): use those
    invalid_argument,           ///< the call or the URI is wrong: correct it
    too_large,                  ///< the value, key or name exceeds a limit
    not_found,                  ///< what was asked for by name does not exist
    permission_denied,          ///< the operating system or service refuses: change rights
    out_of_space,               ///< disk, quota or size limit is full: make room
    not_supported,              ///< this platform or service cannot do it
    store_violates_conditions,  ///< the storage does not honour preconditions: do not use it
};

/// The identifier of a code, as in `Errc`.
constexpr std::string_view name(Errc code) noexcept {
    switch (code) {
        case Errc::conflict: return "conflict";
        case Errc::busy: return "busy";
        case Errc::timed_out: return "timed_out";
        case Errc::cancelled: return "cancelled";
        case Errc::aborted: return "aborted";
        case Errc::unavailable: return "unavailable";
        case Errc::unknown_outcome: return "unknown_outcome";
        case Errc::fenced: return "fenced";
        case Errc::already_held: return "already_held";
        case Errc::lost: return "lost";
        case Errc::malformed: return "malformed";
        case Errc::incompatible: return "incompatible";
        case Errc::invalid_argument: return "invalid_argument";
        case Errc::too_large: return "too_large";
        case Errc::not_found: return "not_found";
        case Errc::permission_denied: return "permission_denied";
        case Errc::out_of_space: return "out_of_space";
        case Errc::not_supported: return "not_supported";
        case Errc::store_violates_conditions: return "store_violates_conditions";
    }
    return "error";
}

/// What failed, where, and what to do. Cheap to copy; a bare code allocates nothing.
///
/// Law: an `Error` from a write means that the write is known not to have been applied. Whatever may have
/// arrived is `WriteOutcome::unknown`, a value. Text never contains secrets or payloads.
class Error {
public:
    explicit Error(Errc code) noexcept : code_(code) {}
    Error(Errc code, std::string message) : code_(code), details_(make({std::move(message), {}, {}, {}, {}})) {}

    Errc code() const noexcept { return code_; }

    /// What happened and what to do about it, in a sentence. If it must name a key it does so in double quotes, so that
    /// a log can leave that out. Empty for a bare code.
    std::string_view message() const noexcept {
        return details_ ? std::string_view(details_->message) : std::string_view();
    }
    /// The operation that failed: "read", "write", "open", …
    std::string_view operation() const noexcept {
        return details_ ? std::string_view(details_->operation) : std::string_view();
    }
    /// The record, file or URI (without secrets) that it failed on.
    std::string_view subject() const noexcept {
        return details_ ? std::string_view(details_->subject) : std::string_view();
    }
    /// The backend's own code, status or request id.
    std::string_view backend() const noexcept {
        return details_ ? std::string_view(details_->backend) : std::string_view();
    }
    /// How long the service asks to be left alone before the next try, as HTTP's Retry-After does; zero if it did not.
    Duration retry_after() const noexcept { return details_ ? details_->retry_after : Duration::zero(); }

    /// The same error, with its place filled in. A place that is already known is kept: the innermost is the true one.
    Error during(std::string_view operation) && { return std::move(*this).fill(&Details::operation, operation); }
    Error on(std::string_view subject) && { return std::move(*this).fill(&Details::subject, subject); }
    Error from(std::string_view backend) && { return std::move(*this).fill(&Details::backend, backend); }
    /// The same error, with the pause that the service asks for. One that is already known is kept.
    Error retry_after(Duration pause) && {
        if (pause > Duration::zero() && retry_after() == Duration::zero()) {
            Details details = details_ ? *details_ : Details();
            details.retry_after = pause;
            details_ = make(std::move(details));
        }
        return std::move(*this);
    }

    /// An error that another one explains: `before (what happened) after`. Where that was becomes its place, and no
    /// part of its message, so that a log can leave names out.
    static Error because(Errc code, std::string_view before, Error const& why, std::string_view after = {}) {
        std::string text(before);
        text.append(" (").append(name(why.code()));
        if (!why.message().empty()) text.append(": ").append(why.message());
        text.append(")").append(after);
        return Error(code, std::move(text)).on(why.subject()).from(why.backend());
    }

    /// All of it in one line, as for a log: `code: message (operation subject; backend)`.
    std::string describe() const {
        std::string text(name(code_));
        if (!details_) return text;
        if (!details_->message.empty()) text.append(": ").append(details_->message);
        std::string place = details_->operation;
        if (!details_->subject.empty()) place.append(place.empty() ? "" : " ").append(details_->subject);
        if (!details_->backend.empty()) place.append(place.empty() ? "" : "; ").append(details_->backend);
        if (!place.empty()) text.append(" (").append(place).append(")");
        return text;
    }

    friend bool operator==(Error const& error, Errc code) noexcept { return error.code_ == code; }

private:
    struct Details {
        std::string message, operation, subject, backend;
        Duration retry_after{};
    };

    static std::shared_ptr<Details const> make(Details details) {
        return std::make_shared<Details const>(std::move(details));
    }

    Error&& fill(std::string Details::*field, std::string_view text) && {
        Details details = details_ ? *details_ : Details();
        if ((details.*field).empty()) {
            (details.*field) = text;
            details_ = make(std::move(details));
        }
        return std::move(*this);
    }

    Errc code_;
    std::shared_ptr<Details const> details_;
};

/// Thrown by `.value()` of a `Result` or an `Outcome` that has none, and by nothing else in the library.
class Exception : public std::exception {
public:
    explicit Exception(Error error) : error_(std::move(error)), text_(error_.describe()) {}

    Error const& error() const noexcept { return error_; }
    char const* what() const noexcept override { return text_.c_str(); }

private:
    Error error_;
    std::string text_;
};

}  // namespace holdfast

#endif
