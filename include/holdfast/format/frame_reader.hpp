#ifndef HOLDFAST_FORMAT_FRAME_READER_HPP
#define HOLDFAST_FORMAT_FRAME_READER_HPP

#include <holdfast/core/decimal.hpp>
#include <holdfast/format/frame_writer.hpp>

namespace holdfast::detail {

/// What the first members of a frame say, before anything is verified: for listings, and to know how much to read.
struct FrameHead {
    std::string key;
    std::size_t size = 0;  ///< of the payload
    bool tombstone = false;
};

/// Reads a frame (`format/frame.hpp` describes it).
class FrameReader {
public:
    static Result<Record> record(Bytes const& frame) {
        Record record = blank();
        if (auto whole = read(frame, record); !whole) return std::move(whole).error();
        return record;
    }

    /// The same, where it stays: a record is large.
    static Result<std::shared_ptr<Record>> shared_record(Bytes const& frame) {
        auto record = std::make_shared<Record>(blank());
        if (auto whole = read(frame, *record); !whole) return std::move(whole).error();
        return record;
    }

    /// No value if `beginning` does not hold the first members, whole.
    static std::optional<FrameHead> head(std::string_view beginning) {
        FlatReader members(beginning);
        auto const version = members.next(), key = members.next(), size = members.next(), tombstone = members.next();
        if (!tombstone || version->name != "holdfast" || version->value != frame_version || key->name != "key" ||
            size->name != "size" || tombstone->name != "tombstone")
            return std::nullopt;
        auto const bytes = parse_decimal(size->value);
        auto text = unescape(key->value);
        if (!bytes || !text) return std::nullopt;
        return FrameHead{std::move(*text), static_cast<std::size_t>(*bytes), tombstone->value == "true"};
    }

    /// The first of the ids, before anything is verified. No value if `beginning` does not hold all members before it,
    /// in order, or has another key or one with escapes.
    static std::optional<WriteId> newest_id(std::string_view beginning, std::string_view key) noexcept {
        FlatReader reader(beginning);
        for (std::size_t i = 0; i < 12; ++i) {
            auto const value = next(reader, i);
            if (!value || (i == 0 && *value != frame_version) || (i == 1 && *value != key)) return std::nullopt;
            if (i == 11) return WriteId::parse(value->substr(0, WriteId::text_size));
        }
        return std::nullopt;
    }

private:
    static constexpr std::string_view opening = "{\"holdfast\":\"";

    explicit FrameReader(Record& record) noexcept : record_(record) {}

    static Record blank() { return {Key(KeyView("-")), {}, {}, {}, {}}; }

    static Result<void> read(Bytes const& frame, Record& record) {
        std::string_view const all = frame.view();
        if (all.empty()) return damaged("it is empty");
        std::size_t const end = all.substr(0, max_frame_header).find('\n');
        if (end == all.npos) return damaged("it has no header line");
        std::string_view const line = all.substr(0, end);
        if (!line.starts_with(opening)) return damaged("it does not begin like a record");
        if (line.ends_with('\r')) return damaged("a tool has made CR LF of the ends of its lines");
        record.payload = frame.drop_front(end + 1);
        if (auto checked = check(line, record.payload.view()); !checked) return checked;
        if (!FrameReader(record).members(line)) return damaged("its header is not as this format has it");
        if (record.stamp.tombstone != is_tombstone_size(all.size())) return damaged("its length does not say what it is");
        return {};
    }

    static Error damaged(std::string_view how) {
        return Error(Errc::malformed, "the stored record is damaged or not ours: " + std::string(how) +
                                          "; restore it from a copy, or remove it");
    }

    static Result<void> check(std::string_view line, std::string_view payload) {
        std::string_view const version = line.substr(opening.size(), line.find('"', opening.size()) - opening.size());
        auto const known = parse_decimal(version);
        if (!known) return damaged("its format version is not a number");
        std::size_t const tail = frame_closing.size() + 18;
        bool const ours = version == frame_version;
        bool const summed =
            line.size() > tail && line.ends_with("\"}") && line.substr(line.size() - tail).starts_with(frame_closing);
        if (!summed && ours) return damaged("its checksum is missing");
        if (summed) {
            Xxh64 hash;
            hash.update(line.substr(0, line.size() - 18));
            hash.update(payload);
            if (from_hex(line.substr(line.size() - 18, 16)) != hash.digest())
                return damaged("its checksum does not match, so bytes were changed or cut off");
        }
        if (ours) return {};
        return Error(Errc::incompatible, "the stored record has format version " + std::string(version) +
                                             ", this program reads version " + std::string(frame_version) +
                                             (*known == 1 ? ": copy it to a new store with the program that wrote it"
                                                          : ": use a newer program") +
                                             "; nothing was changed");
    }

    bool members(std::string_view line) {
        FlatReader reader(line);
        std::optional<LeaseReader> lease;
        unsigned seen = 0;
        for (int which = 0; which < static_cast<int>(names.size()); ++which) {  // most often they come in order
            auto const value = next(reader, static_cast<std::size_t>(which));
            if (!value) break;
            if (!take(which, *value)) return false;
            seen |= 1u << which;
        }
        while (auto const member = reader.next()) {
            if (member->name.starts_with("a:")) {
                auto attribute = unescape(member->name.substr(2)), value = unescape(member->value);
                if (!attribute || !value) return false;
                record_.attributes.emplace_back(std::move(*attribute), std::move(*value));
                continue;
            }
            if (LeaseReader::is_ours(member->name)) {
                if (!lease) lease.emplace();
                if (!lease->take(member->name, member->value)) return false;
                continue;
            }
            int const which = index(member->name);
            if (which < 0) {  // a later program may say more in this version
                if (!take_optional(member->name, member->value)) return false;
                continue;
            }
            if ((seen >> which & 1) != 0 || !take(which, member->value)) return false;
            seen |= 1u << which;
        }
        if (lease && !lease->complete()) return false;
        if (lease) record_.lease = std::move(*lease).lease();
        return reader.complete() && seen == (1u << names.size()) - 1;
    }

    static constexpr std::array<std::string_view, 13> names = {"holdfast",   "key",   "size", "tombstone", "sequence",
                                                               "discipline", "epoch", "when", "who",       "lineage",
                                                               "payload_id", "ids",   "xxh64"};

    static constexpr std::array<std::string_view, names.size()> openings = {
        R"("holdfast":")",   R"("key":")",   R"("size":")", R"("tombstone":")", R"("sequence":")",
        R"("discipline":")", R"("epoch":")", R"("when":")", R"("who":")",       R"("lineage":")",
        R"("payload_id":")", R"("ids":")",   R"("xxh64":")"};

    /// The value of the member that comes in this place. All but key and writer say only what is recognized exactly.
    static std::optional<std::string_view> next(FlatReader& reader, std::size_t which) noexcept {
        return which == 1 || which == 8 ? reader.next_as(openings[which]) : reader.next_plain_as(openings[which]);
    }

    static int index(std::string_view name) noexcept {
        for (std::size_t i = 0; i < names.size(); ++i)
            if (names[i] == name) return static_cast<int>(i);
        return -1;
    }

    bool take(int which, std::string_view value) {
        Stamp& stamp = record_.stamp;
        switch (which) {
            case 1: return take_key(value);
            case 2: return parse_decimal(value) == record_.payload.size();
            case 3: stamp.tombstone = value == "true"; return stamp.tombstone || value == "false";
            case 4: return into(stamp.sequence, parse_decimal(value));
            case 5: return take_discipline(value);
            case 6: return into(stamp.epoch, parse_decimal(value));
            case 7: return into(stamp.when, from_rfc3339(value));
            case 8: return take_writer(record_.stamp.who, value);
            case 9: return into(stamp.lineage, WriteId::parse(value));
            case 10: return into(stamp.payload_id, WriteId::parse(value));
            case 11: return take_ids(value);
            default: return true;  // version and checksum were checked before
        }
    }

    bool take_optional(std::string_view name, std::string_view value) {
        Stamp& stamp = record_.stamp;
        if (name == "previous") return !stamp.previous && into(stamp.previous, WriteId::parse(value));
        if (name == "set_when") return !stamp.set_by && into(stamp.set_by.emplace().when, from_rfc3339(value));
        if (name == "set_who")
            return stamp.set_by && stamp.set_by->who.empty() && take_writer(stamp.set_by->who, value);
        if (name == "restored") return stamp.restored == 0 && into(stamp.restored, parse_decimal(value));
        return true;
    }

    template <class T, class U>
    static bool into(T& target, std::optional<U> const& value) {
        if (value) target = *value;
        return value.has_value();
    }

    bool take_key(std::string_view value) {
        auto text = unescape(value);
        if (!text) return false;
        auto key = Key::parse(std::move(*text));
        if (key) record_.key = *std::move(key);
        return key.has_value();
    }
    static bool take_writer(Writer& writer, std::string_view value) {
        auto const text = unescape(value);
        if (!text || !Writer::fits(*text)) return false;
        writer = Writer(*text);
        return true;
    }
    bool take_discipline(std::string_view value) {
        for (auto const& row : all_disciplines) {
            if (value != row.name) continue;
            record_.stamp.discipline = row.discipline;
            return true;
        }
        return false;
    }
    bool take_ids(std::string_view value) {
        for (bool more = !value.empty(); more;) {
            auto const id = WriteId::parse(value.substr(0, WriteId::text_size));
            if (!id || !record_.stamp.ids.append(*id)) return false;
            value.remove_prefix(WriteId::text_size);
            more = value.starts_with(' ');
            if (more) value.remove_prefix(1);
        }
        return value.empty();
    }

    Record& record_;
};

}  // namespace holdfast::detail

#endif
