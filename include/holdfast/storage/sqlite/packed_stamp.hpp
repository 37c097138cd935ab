#ifndef HOLDFAST_STORAGE_SQLITE_PACKED_STAMP_HPP
#define HOLDFAST_STORAGE_SQLITE_PACKED_STAMP_HPP

#include <holdfast/core/stamp.hpp>
#include <holdfast/format/little_endian.hpp>

#include <cstring>
#include <string_view>

namespace holdfast::detail::sqlite {

/// What a stamp knows beside sequence, tombstone and writer, in the bytes of the column `stamp`.
///
/// First, in one byte, the number of this format: 4. Then numbers of eight bytes, least significant first: the checksum
/// of the row, the epoch, the discipline (as in `Discipline`), the time in microseconds since 1970, the sequence of the
/// version that was restored (0: none), the lineage, the payload's id, that of the content before (zero: none), and the
/// ids of the last writes, newest first; an id is two numbers, `high` first. If 256 is added to the discipline 64 bytes
/// follow: who set the content, which the last write left as it was: time, size of the name, the name, zeros. The
/// columns `updated_at` and `write_id` repeat two of these as text, for people and for conditions.
///
/// Every format from 3 on is its number, the checksum of all but itself, and further words.
class PackedStamp {
public:
    explicit PackedStamp(Stamp const& stamp) noexcept {
        bytes_[0] = static_cast<char>(present);
        char* at = store_little(bytes_ + 1 + sizeof(std::uint64_t), stamp.epoch);
        at = store_little(at, static_cast<std::uint64_t>(stamp.discipline) | (stamp.set_by ? has_author : 0));
        at = store_little(at, static_cast<std::uint64_t>(stamp.when.time_since_epoch().count()));
        at = store_little(at, stamp.restored);
        at = store(store(store(at, stamp.lineage), stamp.payload_id), stamp.previous);
        for (std::size_t i = 0; i < stamp.ids.size(); ++i) at = store(at, stamp.ids[i]);
        if (stamp.set_by) at = store(at, *stamp.set_by);
        size_ = static_cast<std::size_t>(at - bytes_);
    }

    void set_checksum(std::uint64_t sum) noexcept { store_little(bytes_ + 1, sum); }

    std::string_view view() const noexcept { return {bytes_, size_}; }

    // Of a packed stamp.

    /// Whether it is as long as its format says; of a format that is not known, whether it can be summed.
    static bool fits(std::string_view packed) noexcept {
        if (packed.size() % word != 1 || packed.size() <= word || packed.size() > max_size) return false;
        if (!is_known(packed)) return true;
        if (words_of(packed).size() <= ids_at) return false;
        std::size_t const end = ids_end(packed);
        return end > ids_at && (end - ids_at) % id_size == 0 && end - ids_at <= WriteRing::capacity * id_size;
    }

    // Of one that `fits`.

    static std::uint64_t checksum(std::string_view packed) noexcept { return load_little(words_of(packed).data()); }
    /// All but the checksum is summed: the number of the format, and what follows.
    static std::string_view number(std::string_view packed) noexcept { return packed.substr(0, 1); }
    static std::string_view summed(std::string_view packed) noexcept { return words_of(packed).substr(word); }
    /// False: a program of another format wrote it.
    static bool is_known(std::string_view packed) noexcept { return packed.front() == static_cast<char>(present); }

    /// Of one that is known. False: its discipline is not.
    static bool unpack(std::string_view packed, Stamp& stamp) noexcept {
        std::string_view const words = words_of(packed);
        char const* const data = words.data();
        std::uint64_t const discipline = load_little(data + 16) & ~has_author;
        if (discipline >= std::size(all_disciplines)) return false;
        stamp.epoch = load_little(data + 8);
        stamp.discipline = static_cast<Discipline>(discipline);
        stamp.when = Timestamp(Timestamp::duration(static_cast<std::int64_t>(load_little(data + 24))));
        stamp.restored = load_little(data + 32);
        stamp.lineage = load(data + 40);
        stamp.payload_id = load(data + 40 + id_size);
        stamp.previous = load(data + 40 + 2 * id_size);
        std::size_t at = ids_at;
        for (; at < ids_end(packed); at += id_size) (void)stamp.ids.append(load(data + at));
        return at == words.size() || load_author(data + at, stamp.set_by.emplace());
    }

    /// Of any format whose rows can be summed.
    static constexpr std::size_t max_size = 513;

private:
    static constexpr unsigned char present = 4;
    static constexpr std::size_t word = 8, id_size = 16, ids_at = 88, author_size = 64;
    static constexpr std::size_t most_bytes = 1 + ids_at + WriteRing::capacity * id_size + author_size;
    static constexpr std::uint64_t has_author = 256;
    static_assert(most_bytes <= max_size);

    /// What follows the number; positions are in these.
    static constexpr std::string_view words_of(std::string_view packed) noexcept { return packed.substr(1); }
    static std::size_t ids_end(std::string_view packed) noexcept {
        std::string_view const words = words_of(packed);
        bool const author = (load_little(words.data() + 16) & has_author) != 0;
        return words.size() - (author && words.size() > author_size ? author_size : 0);
    }

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

    char bytes_[most_bytes];
    std::size_t size_;
};

}  // namespace holdfast::detail::sqlite

#endif
