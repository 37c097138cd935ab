#ifndef HOLDFAST_TESTING_LINEARIZABILITY_READ_HISTORY_HPP
#define HOLDFAST_TESTING_LINEARIZABILITY_READ_HISTORY_HPP

#include <holdfast/posix/system_error.hpp>
#include <holdfast/process/fd.hpp>
#include <holdfast/testing/linearizability/assembly.hpp>

#include <algorithm>
#include <charconv>
#include <span>

namespace holdfast::testing {

namespace detail {

/// Reads files of `HistoryFile` into one history.
class HistoryReader {
public:
    Result<void> add(std::string const& path) {
        auto const text = load(path);
        if (!text) return text.error();
        std::unordered_map<std::uint64_t, std::size_t> calls;
        std::size_t number = 0;
        bool torn = false;  // the line before did not end: only right if its process did
        for (std::string_view rest = *text; !rest.empty(); ++number) {
            std::size_t const end = (std::min)(rest.find('\n'), rest.size());
            std::string_view const line = rest.substr(0, end);
            rest.remove_prefix((std::min)(end + 1, rest.size()));
            if (line.empty()) continue;
            bool const whole = line.ends_with("\t.");
            bool const begins = line == "S\t1\t.";
            if (torn && !begins) return bad(path, number);
            torn = !whole;
            if (begins) calls.clear();
            else if (whole && !note(fields_of(line.substr(0, line.size() - 1)), calls)) return bad(path, number + 1);
        }
        return {};
    }

    RecordedHistory finish() && {
        std::stable_sort(fates_.begin(), fates_.end(), [](auto const& a, auto const& b) { return a.at < b.at; });
        for (Settled const& settled : fates_) assembly_.settle(settled.handle, settled.fate, settled.at);
        assembly_.history.nanoseconds = true;
        return std::move(assembly_.history);
    }

private:
    using Fields = std::vector<std::string_view>;
    struct Settled {
        WriteId handle;
        Fate fate;
        Moment at;
    };

    static Error bad(std::string const& path, std::size_t line) {
        return Error(Errc::malformed, "line " + std::to_string(line) + " is no line of a history: the file is damaged")
            .during("read")
            .on(path);
    }

    static Result<std::string> load(std::string const& path) {
        holdfast::detail::Fd const file = holdfast::detail::open_through_links(AT_FDCWD, path.c_str(), O_RDONLY);
        if (!file) return holdfast::detail::system_error(errno, "open", path);
        std::string text;
        for (char part[1 << 16];;) {
            ssize_t const got = holdfast::detail::uninterrupted([&] { return ::read(file.get(), part, sizeof part); });
            if (got < 0) return holdfast::detail::system_error(errno, "read", path);
            if (got == 0) return text;
            text.append(part, static_cast<std::size_t>(got));
        }
    }

    static Fields fields_of(std::string_view line) {
        Fields fields;
        for (std::size_t end; (end = line.find('\t')) != line.npos; line.remove_prefix(end + 1))
            fields.push_back(line.substr(0, end));
        return fields;
    }

    bool note(Fields const& f, std::unordered_map<std::uint64_t, std::size_t>& calls) {
        std::uint64_t call = 0, at = 0;
        if (f.empty()) return false;
        if (f[0] == "F") return f.size() == 4 && number(f[2], at) && note_fate(f[1], f[3], at);
        if (f.size() < 5 || !number(f[1], call)) return false;
        if (f[0] == "B") {
            if (f.size() != 6 || !number(f[2], at) || (f[3] != "r" && f[3] != "w")) return false;
            auto const kind = f[3] == "r" ? HistoryEvent::Kind::read : HistoryEvent::Kind::write;
            return calls.try_emplace(call, assembly_.begin(plain(f[4]), plain(f[5]), kind, at)).second;
        }
        auto const known = calls.find(call);
        if (known == calls.end()) return false;
        if (f[0] == "I") return f.size() == 5 && note_intention(known->second, f[2], f[3], f[4]);
        return f[0] == "E" && f.size() == 6 && number(f[2], at) && note_end(known->second, at, f[3], f[4], f[5]);
    }
    bool note_intention(std::size_t call, std::string_view kind, std::string_view expected, std::string_view value) {
        if (kind != "c" && kind != "u" && kind != "n") return false;
        std::string old_text, new_text;
        HistoryLog::Intention const intention{kind == "c", value_of(expected, old_text), value_of(value, new_text)};
        assembly_.intend(call, kind == "n" ? nullptr : &intention);
        return true;
    }
    bool note_end(std::size_t call, Moment at, std::string_view outcome, std::string_view id, std::string_view value) {
        std::size_t const which = std::string_view("acfu").find(outcome);
        auto const handle = WriteId::parse(id);
        bool const later = at >= assembly_.history.events[call].invoked;
        if (outcome.size() != 1 || which > 3 || (!id.empty() && !handle) || !later) return false;
        std::string text;
        HistoryLog::Value const told = value_of(value, text);
        assembly_.end(call, static_cast<HistoryEvent::Outcome>(which), value.empty() ? nullptr : &told,
                      handle.value_or(WriteId()), at);
        return true;
    }
    bool note_fate(std::string_view id, std::string_view fate, Moment at) {
        auto const handle = WriteId::parse(id);
        if (!handle || (fate != "applied" && fate != "never")) return false;
        fates_.push_back({*handle, fate == "applied" ? Fate::applied : Fate::never, at});
        return true;
    }

    static bool number(std::string_view text, std::uint64_t& out) {
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
        return error == std::errc() && end == text.data() + text.size();
    }
    static std::string plain(std::string_view text) {
        std::string out;
        for (std::size_t i = 0; i < text.size(); ++i) {
            if (text[i] != '\\' || i + 1 == text.size()) out += text[i];
            else if (text[++i] == 't') out += '\t';
            else out += text[i] == 'n' ? '\n' : text[i];
        }
        return out;
    }
    static HistoryLog::Value value_of(std::string_view field, std::string& keep) {
        if (!field.starts_with('=')) return std::nullopt;
        keep = plain(field.substr(1));
        return keep;
    }

    Assembly assembly_;
    std::vector<Settled> fates_;
};

}  // namespace detail

/// The history of all processes that wrote these files with `HistoryFile`, on one host and since one boot. A last line
/// that a killed process did not finish is left out: what it would have said had not happened yet, or is unknown.
/// Errors: `malformed`, and those of the file system.
inline Result<RecordedHistory> read_history(std::span<std::string const> paths) {
    detail::HistoryReader reader;
    for (std::string const& path : paths)
        if (auto const added = reader.add(path); !added) return added.error();
    return std::move(reader).finish();
}

}  // namespace holdfast::testing

#endif
