#ifndef HOLDFAST_VERSIONING_HISTORY_PIN_HPP
#define HOLDFAST_VERSIONING_HISTORY_PIN_HPP

#include <holdfast/core/context.hpp>
#include <holdfast/core/record.hpp>
#include <holdfast/core/record_id.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

/// How a version is pinned.
struct PinOptions {
    /// Without `renew` for so long, a prune may drop it, once prunes have seen it unrenewed for all that time, also
    /// those of several processes one after the other. `endless`: until somebody unpins it.
    Duration ttl = std::chrono::hours(24);
    std::string_view purpose{};  ///< told to those who look; UTF-8, at most 256 bytes
};

/// A promise that a version stays, made by `store.pin`. A value: it can be printed (`to_string`), and another process
/// that parses it (`parse_pin`) can read, renew and unpin it. Letting go of the object does not unpin.
class Pin {
public:
    Pin(WriteId id, Key key, VersionId version, Duration ttl, RecordPtr retention = nullptr)
        : key_(std::move(key)), id_(id), version_(version), ttl_(ttl), retention_(std::move(retention)) {}

    WriteId id() const noexcept { return id_; }
    KeyView key() const noexcept { return key_; }
    VersionId version() const noexcept { return version_; }
    Duration ttl() const noexcept { return ttl_; }

    /// The retention record as it was when this was made: where the next change may begin without a read.
    RecordPtr const& retention() const noexcept { return retention_; }

private:
    Key key_;
    WriteId id_;
    VersionId version_;
    Duration ttl_;
    RecordPtr retention_;
};

/// A pin that is in force, as `store.pins(key)` shows it.
struct PinInfo {
    WriteId id;
    VersionId version;
    Duration ttl{};
    Timestamp when{};  ///< pinned or renewed last, by its holder's clock
    Writer who;
    std::string purpose;
};

}  // namespace holdfast

#endif
