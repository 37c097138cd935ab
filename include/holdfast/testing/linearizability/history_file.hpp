#ifndef HOLDFAST_TESTING_LINEARIZABILITY_HISTORY_FILE_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_HISTORY_FILE_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/posix/system_error.hpp>
#include <holdfast/process/fd.hpp>
#include <holdfast/testing/linearizability/history_log.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <utility>

namespace holdfast::testing {

/// Notes the calls of a process in a file that survives its death: each note is one `write` before it returns, so that
/// the last write of a process that was killed counts as unknown. A file belongs to one process at a time; a later one
/// may go on with it. `read_history` reads any number of them together.
///
/// Moments are those of `Environment::monotonic`, which processes of one host share until it boots again.
///
/// Format: lines of fields that end with a tab each, and a dot. Tab, newline and backslash are `\t`, `\n` and `\\`.
/// A value is empty (none is told), `-` (absence) or `=` and its text.
///
///     S 1                                    a process begins; format 1
///     B call nanoseconds r|w actor key       a call begins
///     I call c|u|n expected value            intends a write: conditional, unconditional; nothing
///     E call nanoseconds a|c|f|u id value    ends: applied, conflict, failed, unknown
///     F id nanoseconds applied|never         an unknown write is settled
class HistoryFile final : public HistoryLog {
public:
    /// Appends to a file, which is made if it is not there. Errors: those of the file system.
    static Result<std::unique_ptr<HistoryFile>> open(std::string const& path,
                                                     Environment& environment = Environment::system()) {
        holdfast::detail::StandardDescriptors const occupied;
        holdfast::detail::Fd file =
            holdfast::detail::open_through_links(AT_FDCWD, path.c_str(), O_WRONLY | O_APPEND | O_CREAT, 0600);
        if (!file) return holdfast::detail::system_error(errno, "open", path);
        std::unique_ptr<HistoryFile> history(new HistoryFile(std::move(file), path, environment));
        // An empty line ends one that a killed process may have left behind.
        if (auto const begun = history->write("\nS\t1\t.\n"); !begun) return begun.error();
        return history;
    }

    Call begin(std::string_view actor, std::string_view key, HistoryEvent::Kind kind) override {
        Call const call = ++calls_;
        Line line('B', call);
        line.field(now()).field(kind == HistoryEvent::Kind::read ? "r" : "w").escaped(actor).escaped(key);
        put(line.done());
        return call;
    }
    void intend(Call call, Intention const* intention) override {
        Line line('I', call);
        if (intention == nullptr) line.field("n").field("").field("");
        else line.field(intention->conditional ? "c" : "u").value(&intention->expected).value(&intention->value);
        put(line.done());
    }
    void end(Call call, HistoryEvent::Outcome outcome, Value const* value = nullptr, WriteId handle = {}) override {
        Line line('E', call);
        line.field(now()).field(std::string_view("acfu").substr(static_cast<std::size_t>(outcome), 1));
        put(line.id(handle).value(value).done());
    }
    void settle(WriteId handle, Fate fate) override {
        if (fate != Fate::applied && fate != Fate::never) return;
        put(Line('F').id(handle).field(now()).field(name(fate)).done());
    }

private:
    class Line {
    public:
        explicit Line(char kind) : text_{kind, '\t'} {}
        Line(char kind, Call call) : Line(kind) { field(call); }

        Line& field(std::string_view text) {
            text_.append(text).push_back('\t');
            return *this;
        }
        Line& field(std::uint64_t number) { return field(std::to_string(number)); }
        Line& escaped(std::string_view text) {
            for (char const c : text) {
                if (c == '\t') text_ += "\\t";
                else if (c == '\n') text_ += "\\n";
                else if (c == '\\') text_ += "\\\\";
                else text_ += c;
            }
            return field("");
        }
        Line& value(Value const* value) {
            if (value == nullptr) return field("");
            if (!*value) return field("-");
            text_.push_back('=');
            return escaped(**value);
        }
        Line& id(WriteId id) {
            auto const text = id.text();
            return field(id ? std::string_view(text.data(), text.size()) : std::string_view());
        }
        std::string const& done() { return text_.append(".\n"); }

    private:
        std::string text_;
    };

    HistoryFile(holdfast::detail::Fd file, std::string path, Environment& environment)
        : file_(std::move(file)), path_(std::move(path)), environment_(&environment) {}

    std::uint64_t now() const {
        return static_cast<std::uint64_t>(environment_->monotonic().time_since_epoch().count());
    }

    Result<void> write(std::string_view text) {
        ssize_t const wrote =
            holdfast::detail::uninterrupted([&] { return ::write(file_.get(), text.data(), text.size()); });
        if (wrote == static_cast<ssize_t>(text.size())) return {};
        return holdfast::detail::system_error(wrote < 0 ? errno : ENOSPC, "write", path_);
    }
    void put(std::string_view text) { write(text).value(); }

    holdfast::detail::Fd file_;
    std::string path_;
    Environment* environment_;
    std::atomic<Call> calls_{0};
};

}  // namespace holdfast::testing

#endif
