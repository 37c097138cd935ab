#ifndef HOLDFAST_STORAGE_SQLITE_PACKED_STAMP_HPP
#define HOLDFAST_STORAGE_SQLITE_PACKED_STAMP_HPP

#include <holdfast/core/stamp.hpp>
#include <holdfast/detail/little_endian.hpp>

#include <string_view>

namespace holdfast::detail::sqlite {

/// What a stamp knows beside sequence, tombstone and writer, in the bytes of the column `stamp`.
///
/// Numbers of eight bytes, least significant first: the checksum of the row, the epoch, the discipline (as in
/// `Discipline`), the time in microseconds since 1970, the lineage, the payload's id, and the ids of the last writes,
/// newest first; an id is two numbers, `high` first. The columns `updated_at` and `write_id` repeat two of these as
/// text, for people and for conditions.
class PackedStamp {
public:
    explicit PackedStamp(Stamp const& stamp) noexcept {
        char* at = store_little(bytes_ + sizeof(std::uint64_t), stamp.epoch);
        at = store_little(at, static_cast<std::uint64_t>(stamp.discipline));
        at = store_little(at, static_cast<std::uint64_t>(stamp.when.time_since_epoch().count()));
        at = store(store(at, stamp.lineage), stamp.payload_id);
        for (std::size_t i = 0; i < stamp.ids.size(); ++i) at = store(at, stamp.ids[i]);
        size_ = static_cast<std::size_t>(at - bytes_);
    }

    void set_checksum(std::uint64_t sum) noexcept { store_little(bytes_, sum); }

    std::string_view view() const noexcept { return {bytes_, size_}; }

    // Of a packed stamp, which `fits`.

    static constexpr bool fits(std::string_view packed) noexcept {
        return packed.size() > ids_at && packed.size() <= max_size && (packed.size() - ids_at) % id_size == 0;
    }
    static std::uint64_t checksum(std::string_view packed) noexcept { return load_little(packed.data()); }
    static std::string_view summed(std::string_view packed) noexcept { return packed.substr(sizeof(std::uint64_t)); }

    /// False: its discipline is not known.
    static bool unpack(std::string_view packed, Stamp& stamp) noexcept {
        char const* const data = packed.data();
        std::uint64_t const discipline = load_little(data + 16);
        if (discipline > static_cast<std::uint64_t>(Discipline::history)) return false;
        stamp.epoch = load_little(data + 8);
        stamp.discipline = static_cast<Discipline>(discipline);
        stamp.when = Timestamp(Timestamp::duration(static_cast<std::int64_t>(load_little(data + 24))));
        stamp.lineage = load(data + 32);
        stamp.payload_id = load(data + 48);
        for (std::size_t at = ids_at; at < packed.size(); at += id_size) (void)stamp.ids.append(load(data + at));
        return true;
    }

private:
    static constexpr std::size_t id_size = 16, ids_at = 64;

public:
    static constexpr std::size_t max_size = ids_at + WriteRing::capacity * id_size;

private:
    static char* store(char* at, WriteId id) noexcept { return store_little(store_little(at, id.high), id.low); }
    static WriteId load(char const* at) noexcept { return {load_little(at), load_little(at + 8)}; }

    char bytes_[max_size];
    std::size_t size_;
};

}  // namespace holdfast::detail::sqlite

#endif
