#ifndef HOLDFAST_STORAGE_SQLITE_PACKED_STAMP_HPP
#define HOLDFAST_STORAGE_SQLITE_PACKED_STAMP_HPP

#include <holdfast/core/stamp.hpp>
#include <holdfast/format/little_endian.hpp>

#include <cstring>
#include <string_view>

namespace holdfast::detail::sqlite {

/// What a stamp knows beside sequence, tombstone and writer, in the bytes of the column `stamp`.
///
/// Numbers of eight bytes, least significant first: the checksum of the row, the epoch, the discipline (as in
/// `Discipline`), the time in microseconds since 1970, the sequence of the version that was restored (0: none), the
/// lineage, the payload's id, that of the content before (zero: none), and the ids of the last writes, newest first; an
/// id is two numbers, `high` first. If 256 is added to the discipline 64 bytes follow: who set the content, which the
/// last write left as it was: time, size of the name, the name, zeros. Format 1 had no restored sequence, content
/// before and author: it is shorter by an odd number of words, and so recognized. The columns `updated_at` and
/// `write_id` repeat two of these as text, for people and for conditions.
class PackedStamp {
public:
    explicit PackedStamp(Stamp const& stamp) noexcept {
        char* at = store_little(bytes_ + sizeof(std::uint64_t), stamp.epoch);
        at = store_little(at, static_cast<std::uint64_t>(stamp.discipline) | (stamp.set_by ? has_author : 0));
        at = store_little(at, static_cast<std::uint64_t>(stamp.when.time_since_epoch().count()));
        at = store_little(at, stamp.restored);
        at = store(store(store(at, stamp.lineage), stamp.payload_id), stamp.previous);
        for (std::size_t i = 0; i < stamp.ids.size(); ++i) at = store(at, stamp.ids[i]);
        if (stamp.set_by) at = store(at, *stamp.set_by);
        size_ = static_cast<std::size_t>(at - bytes_);
    }

    void set_checksum(std::uint64_t sum) noexcept { store_little(bytes_, sum); }

    std::string_view view() const noexcept { return {bytes_, size_}; }

    // Of a packed stamp, which `fits`.

    static bool fits(std::string_view packed) noexcept {
        if (packed.size() <= ids_in_format_1) return false;
        std::size_t const begin = ids_begin(packed), end = ids_end(packed);
        return end > begin && (end - begin) % id_size == 0 && end - begin <= WriteRing::capacity * id_size;
    }
    static std::uint64_t checksum(std::string_view packed) noexcept { return load_little(packed.data()); }
    static std::string_view summed(std::string_view packed) noexcept { return packed.substr(sizeof(std::uint64_t)); }

    /// False: its discipline is not known.
    static bool unpack(std::string_view packed, Stamp& stamp) noexcept {
        char const* const data = packed.data();
        std::uint64_t const discipline = load_little(data + 16) & ~has_author;
        if (discipline > static_cast<std::uint64_t>(Discipline::history)) return false;
        stamp.epoch = load_little(data + 8);
        stamp.discipline = static_cast<Discipline>(discipline);
        stamp.when = Timestamp(Timestamp::duration(static_cast<std::int64_t>(load_little(data + 24))));
        std::size_t at = 32;
        if (!is_format_1(packed)) {
            stamp.restored = load_little(data + at);
            at += sizeof stamp.restored;
        }
        stamp.lineage = load(data + at);
        stamp.payload_id = load(data + at + id_size);
        if (!is_format_1(packed)) stamp.previous = load(data + at + 2 * id_size);
        for (at = ids_begin(packed); at < ids_end(packed); at += id_size) (void)stamp.ids.append(load(data + at));
        return at == packed.size() || load_author(data + at, stamp.set_by.emplace());
    }

private:
    static constexpr std::size_t id_size = 16, ids_in_format_1 = 64, ids_at = 88;

    static constexpr std::size_t author_size = 64;
    static constexpr std::uint64_t has_author = 256;

    static constexpr bool is_format_1(std::string_view packed) noexcept { return packed.size() % id_size == 0; }
    static constexpr std::size_t ids_begin(std::string_view packed) noexcept {
        return is_format_1(packed) ? ids_in_format_1 : ids_at;
    }
    static std::size_t ids_end(std::string_view packed) noexcept {
        bool const author = (load_little(packed.data() + 16) & has_author) != 0;
        return packed.size() - (author && packed.size() > author_size ? author_size : 0);
    }

public:
    static constexpr std::size_t max_size = ids_at + WriteRing::capacity * id_size + author_size;

private:
    static char* store(char* at, WriteId id) noexcept { return store_little(store_little(at, id.high), id.low); }
    static char* store(char* at, Author const& author) noexcept {
        char* const end = at + author_size;
        at = store_little(at, static_cast<std::uint64_t>(author.when.time_since_epoch().count()));
        at = store_little(at, author.who.view().size());
        at += author.who.view().copy(at, author.who.view().size());
        std::memset(at, 0, static_cast<std::size_t>(end - at));
        return end;
    }
    static bool load_author(char const* at, Author& author) noexcept {
        author.when = Timestamp(Timestamp::duration(static_cast<std::int64_t>(load_little(at))));
        std::uint64_t const size = load_little(at + 8);
        if (size > author_size - 16) return false;
        author.who = Writer(std::string_view(at + 16, static_cast<std::size_t>(size)));
        return true;
    }
    static WriteId load(char const* at) noexcept { return {load_little(at), load_little(at + 8)}; }

    char bytes_[max_size];
    std::size_t size_;
};

}  // namespace holdfast::detail::sqlite

#endif
