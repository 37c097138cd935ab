#ifndef HOLDFAST_TESTING_LAWS_SAID_HPP
#define HOLDFAST_TESTING_LAWS_SAID_HPP

#include <holdfast/concepts/storage.hpp>
#include <holdfast/posix/lock_directory.hpp>
#include <holdfast/testing/laws/samples.hpp>
#include <holdfast/testing/laws/trail.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

// Everything that a call of a storage says and is answered, to be compared.
namespace holdfast::testing::law {

struct Said {
    std::string text;                  ///< all but the records
    std::vector<RecordPtr> records{};  ///< in their order
    std::vector<Said> each{};          ///< of many at once: what is asked of each

    friend bool operator==(Said const& a, Said const& b) {
        if (a.text != b.text || a.records.size() != b.records.size()) return false;
        for (std::size_t i = 0; i < a.records.size(); ++i) {
            RecordPtr const &x = a.records[i], &y = b.records[i];
            if (x != y && !(x && y && same_record(*x, *y))) return false;
        }
        return true;
    }
};

inline std::string in_full(std::string_view bytes) {
    std::string text = "\"";
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte < 0x7f) text.push_back(c);
        else text.append("\\").append(std::to_string(byte)).append(";");
    }
    return text.append("\"");
}
inline std::string in_full(Error const& error) {
    return std::string(name(error.code()))
        .append(" ")
        .append(in_full(error.message()))
        .append(" during ")
        .append(in_full(error.operation()))
        .append(" on ")
        .append(in_full(error.subject()))
        .append(" from ")
        .append(in_full(error.backend()))
        .append(" retry after ")
        .append(std::to_string(error.retry_after().count()));
}
inline std::string in_full(Revision const& revision) { return in_full(revision.view()); }
inline std::string in_full(Precondition const& when) {
    if (when.kind() == Precondition::Kind::none) return " always";
    return when.kind() == Precondition::Kind::absent ? " if absent" : " if it is " + in_full(when.revision());
}
inline std::string in_full(RecordPtr const& record) { return record ? "a record" : "no record"; }

// What was asked.

inline Said asked_read(RecordId const& id) { return {"read " + to_string(id)}; }
inline Said asked_reread(RecordId const& id, RecordPtr const& known) {
    if (!known) return asked_read(id);  // is the same
    return {"reread " + to_string(id), {known}};
}
inline Said asked_write(RecordId const& id, RecordPtr const& record, Precondition const& when) {
    return {"write " + to_string(id) + in_full(when), {record}};
}
inline Said asked_remove(RecordId const& id, Precondition const& when) {
    return {"remove " + to_string(id) + in_full(when)};
}
inline Said asked_list(ListRequest const& request) {
    return {std::string("list slot ")
                .append(name(request.slot))
                .append(request.whole_key ? " of " : " from ")
                .append(in_full(request.prefix))
                .append(" after ")
                .append(in_full(request.cursor))
                .append(" at most ")
                .append(std::to_string(request.limit))};
}
inline Said asked_write_all(std::span<Write const> writes) {
    Said said{"write_all"};
    for (Write const& one : writes) {
        said.text.append(one.record ? " write " : " remove ").append(to_string(one.id)).append(in_full(one.when));
        said.records.push_back(one.record);
    }
    return said;
}
inline Said asked_wait(RecordId const& id, Revision const& since) {
    return {"wait_for_change " + to_string(id) + " since " + in_full(since)};
}
inline Said asked_read_aged(RecordId const& id) { return {"read_aged " + to_string(id)}; }
inline Said asked_read_many(std::span<KnownRecord const> reads) {
    Said said{"read_many of " + std::to_string(reads.size())};
    for (KnownRecord const& one : reads) said.each.push_back({"among many: read " + to_string(one.id), {one.known}});
    return said;
}
inline Said asked_remove_many(std::span<Removal const> removals) {
    Said said{"remove_many of " + std::to_string(removals.size())};
    for (Removal const& one : removals)
        said.each.push_back({"among many: remove " + to_string(one.id) + in_full(one.when)});
    return said;
}
inline Said asked_at_once() { return {"at_once"}; }
inline Said asked_removes_conditionally() { return {"removes_conditionally"}; }
inline Said asked_turn(RecordId const& id, bool always) {
    return {"turn " + to_string(id) + (always ? " always" : " if others want it")};
}
inline Said asked_rank(RecordId const& id) { return {"turn_rank " + to_string(id)}; }
inline Said asked_directory() { return {"lock_directory"}; }

// What was answered.

/// To ask an outcome whether it is at rest.
struct LateWrites {
    static constexpr bool late_writes = true;
};

inline Said answered(RecordPtr const& record) { return {in_full(record), {record}}; }
inline Said answered(WriteOutcome const& outcome) {
    std::string const rest = outcome.is_at_rest<LateWrites>() ? ", at rest" : "";
    if (outcome.kind() == WriteOutcome::Kind::applied) return {"applied " + in_full(outcome.revision()) + rest};
    if (outcome.kind() == WriteOutcome::Kind::conflict) return {"conflict" + rest};
    return {"unknown, " + in_full(outcome.why()) + rest};
}
inline Said answered(ListPage const& page) {
    std::string text = "page of";
    for (Listed const& one : page.records)
        text.append(" ").append(in_full(one.key.view())).append(" ").append(to_string(one.version));
    for (Error const& error : page.unreadable) text.append(", unreadable: ").append(in_full(error));
    return {text.append(", next ").append(in_full(page.next))};
}
inline Said answered(bool changed) { return {changed ? "true" : "false"}; }
inline Said answered(Aged const& aged) {
    return {in_full(aged.record) + ", " + (aged.age ? std::to_string(aged.age->count()) + " ns" : "no age"), {aged.record}};
}
inline Said answered(Turn const& turn) { return {turn ? "a turn" : "an empty turn"}; }
inline Said answered(LockDirectory const& directory) { return {"directory " + directory.identity()}; }
template <class T>
Said answered(Result<T> const& result) {
    return result ? answered(*result) : Said{in_full(result.error())};
}
template <class T>
Said answered(std::vector<Result<T>> const& results) {
    Said all;
    for (auto const& one : results) {
        Said said = answered(one);
        all.text.append(all.text.empty() ? "" : "; ").append(said.text);
        all.records.insert(all.records.end(), said.records.begin(), said.records.end());
    }
    return all;
}

}  // namespace holdfast::testing::law

#endif
