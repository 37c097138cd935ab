#ifndef HOLDFAST_LAYER_OBSERVE_STRUCTURED_LOG_HPP
#define HOLDFAST_LAYER_OBSERVE_STRUCTURED_LOG_HPP

#include <holdfast/core/bytes.hpp>
#include <holdfast/format/flat_json.hpp>
#include <holdfast/format/rfc3339.hpp>
#include <holdfast/layer/observe/observer.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

/// What a `StructuredLog` may show.
struct LogOptions {
    /// Keys, prefixes of listings, and the names of files and records in errors. If not, what stands in quotes or looks
    /// like a path in the text of an error, also one of a storage of yours, is shown as `...`.
    bool keys = true;
};

/// An observer that writes one line of JSON for each operation, without a line feed, to `Sink`, a callable
/// `void(std::string_view)`.
///
///     {"time":"2026-01-31T23:59:59.123456Z","operation":"write","key":"orders","outcome":"applied",
///      "duration_us":81.250,"bytes_out":120,"bytes_in":0,"records":1}
///
/// `slot` is there if it is not the state itself, `prefix` in a listing; a failure adds `message`, `subject` and
/// `backend`, as far as the error knows them. Never a payload. Text that is not UTF-8 has `?` for each byte of it that
/// is not ASCII. Exception safety: what the sink throws loses the line. Thread safety: the sink's.
template <std::invocable<std::string_view> Sink = void (*)(std::string_view)>
class StructuredLog {
public:
    explicit StructuredLog(Sink sink, LogOptions options = {}) : sink_(std::move(sink)), options_(options) {}

    void ended(StorageEvent const& event) {
        Operation const& operation = event.operation;
        Buffer line(512);
        begin(line, event.context);
        text(line, "operation", name(operation.kind));
        if (operation.id != nullptr) {
            if (options_.keys) text(line, "key", operation.id->key.view());
            if (operation.id->slot != Slot::current) text(line, "slot", name(operation.id->slot));
        }
        if (operation.request != nullptr && options_.keys) text(line, "prefix", operation.request->prefix);
        text(line, "outcome", event.outcome_name());
        line.append(",\"duration_us\":");
        microseconds(line, event.duration);
        number(line, "bytes_out", event.bytes_out);
        number(line, "bytes_in", event.bytes_in);
        number(line, "records", event.records);
        if (event.error != nullptr) error(line, *event.error);
        end(line);
    }

    void noted(StoreNote const& note) {
        Buffer line(512);
        begin(line, note.context);
        text(line, "note", name(note.kind));
        if (options_.keys) text(line, "key", note.key.view());
        text(line, "outcome", name(note.error.code()));
        error(line, note.error);
        end(line);
    }

private:
    static void begin(Buffer& line, Context const& context) {
        auto const now = detail::to_rfc3339(context.env.wall());
        line.append("{\"time\":\"");
        line.append(now.data(), now.size());
        line.push_back('"');
    }
    void end(Buffer& line) {
        line.push_back('}');
        sink_(line.view());
    }

    void error(Buffer& line, Error const& error) const {
        if (!error.message().empty()) text(line, "message", shown(error.message()));
        if (!error.subject().empty() && options_.keys) text(line, "subject", error.subject());
        if (!error.backend().empty()) text(line, "backend", shown(error.backend()));
    }

    /// What stands in quotes goes from the first to the last of them, for a key may have some.
    std::string shown(std::string_view text) const {
        if (options_.keys) return std::string(text);
        std::string out;
        while (!text.empty()) {
            bool const quoted = text.front() == '"';
            std::size_t end = quoted ? text.rfind('"') + 1 : text.find_first_of(" \"", 1);
            if (quoted && end == 1) end = text.npos;  // never closed
            std::string_view const part = text.substr(0, end);
            bool const names = quoted || part.find('/') != part.npos;
            out.append(!names ? part : part.front() == ' ' ? " ..." : "...");
            text.remove_prefix(part.size());
        }
        return out;
    }

    static void member(Buffer& line, std::string_view name) {
        line.append(",\"");
        line.append(name);
        line.append("\":");
    }
    static void text(Buffer& line, std::string_view name, std::string_view value) {
        member(line, name);
        line.push_back('"');
        if (detail::valid_utf8(value)) {
            detail::append_escaped(line, value);
        } else {
            std::string ascii(value);
            for (char& c : ascii) c = static_cast<unsigned char>(c) < 0x80 ? c : '?';
            detail::append_escaped(line, ascii);
        }
        line.push_back('"');
    }
    static void number(Buffer& line, std::string_view name, std::size_t value) {
        member(line, name);
        line.append(std::to_string(value));
    }
    /// With three decimal places: none of the clock's digits is lost.
    static void microseconds(Buffer& line, Duration duration) {
        auto const count = duration.count() < 0 ? 0 : duration.count();
        line.append(std::to_string(count / 1000));
        line.push_back('.');
        line.append(std::to_string(1000 + count % 1000).substr(1));
    }

    Sink sink_;
    LogOptions options_;
};

}  // namespace holdfast

#endif
