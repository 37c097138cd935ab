#ifndef HOLDFAST_VERSIONING_HISTORY_PINS_HPP
#define HOLDFAST_VERSIONING_HISTORY_PINS_HPP

#include <holdfast/core/outcome.hpp>
#include <holdfast/format/lease_text.hpp>
#include <holdfast/versioning/history/kept.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace holdfast::detail {

/// The outcome of a change of a retention record.
template <class T, class Make>
Outcome<T> rekept(Result<Rekept>& done, std::string_view operation, KeyView key, Make&& make) {
    auto const place = [&](Error error) { return std::move(error).during(operation).on(to_string(RecordId(key))); };
    if (!done) return place(std::move(done).error());
    if (done->commit.kind == WriteOutcome::Kind::applied) return make();
    Error why = Error::because(Errc::unknown_outcome, "it may or may not have been done", done->commit.why,
                               "; ask later with resolve(), or do it again");
    return Outcome<T>(std::move(done->commit.write), place(std::move(why)));
}

/// Pins a version, or the current state. That it is there was read before, and that it is not dead is decided together
/// with the pin, in one record: so it stays.
template <ConditionalStorage S>
Outcome<Pin> pin_version(S& storage, Context const& ctx, KeyView key, std::optional<VersionId> wanted,
                         PinOptions const& options) {
    auto const place = [&](Error error) { return std::move(error).during("pin").on(to_string(RecordId(key))); };
    if (options.ttl < Duration::zero())
        return place(Error(Errc::invalid_argument, "the time to live of a pin is not negative"));
    std::string_view const purpose = cut_to_utf8(options.purpose.substr(0, max_pin_purpose));
    if (purpose.size() != options.purpose.size())
        return place(Error(Errc::invalid_argument, "the purpose of a pin is at most 256 bytes of UTF-8"));
    for (Backoff backoff = backoff_for<S>(ctx);;) {
        auto const found = wanted ? find_version(storage, ctx, key, *wanted, true) : storage.read(ctx, RecordId(key));
        if (!found) return place(found.error());
        if (!is_there(*found))
            return place(Error(Errc::not_found, "the key has no state now; pin one of its versions"));
        VersionId const version = version_of((*found)->stamp);
        WriteId const id = ctx.env.new_write_id();
        Key name(key);  // before there is a pin that nobody would know of
        auto done =
            rekeep(storage, ctx, key, (*found)->stamp.lineage, nullptr, [&](RetentionState& state) -> Result<bool> {
                if (state.dead(version)) return pruned(key, version);
                if (state.pins.size() >= most_pins)
                    return Error(Errc::too_large, "the key has 1000 pins; unpin() some");
                Environment& env = ctx.env;
                state.pins.push_back({{.id = id,
                                       .version = version,
                                       .ttl = options.ttl,
                                       .when = env.wall(),
                                       .who = Writer(cut_to_utf8(env.who().view())),
                                       .purpose = std::string(purpose)},
                                      env.new_write_id()});
                return true;
            });
        // The state that was current has been replaced and pruned meanwhile: there is another.
        if (!done && done.error() == Errc::not_found && !wanted && backoff.wait()) continue;
        return rekept<Pin>(done, "pin", key, [&] {
            return Outcome<Pin>(Pin(id, std::move(name), version, options.ttl, std::move(done->commit.now)));
        });
    }
}

/// Changes the record in which a pin is, whichever life of the key that is about.
template <ConditionalStorage S, class F>
Result<Rekept> change_pin(S& storage, Context const& ctx, Pin const& pin, F&& change) {
    auto known = pin.retention() ? parse_kept(pin.retention()) : read_kept(storage, ctx, pin.key());
    if (!known) return std::move(known).error();
    WriteId const lineage = known->state.lineage;
    return rekeep(storage, ctx, pin.key(), lineage, known->record, change);
}

template <ConditionalStorage S>
Outcome<Pin> renew_pin(S& storage, Context const& ctx, Pin const& pin) {
    Key name(pin.key());
    auto done = change_pin(storage, ctx, pin, [&](RetentionState& state) -> Result<bool> {
        auto* const mine = state.find(pin.id());
        if (mine == nullptr)
            return Error(Errc::lost,
                         "the pin is no longer there: it was not renewed in time, or somebody unpinned it; "
                         "pin again, if the version still exists");
        mine->nonce = ctx.env.new_write_id();
        mine->seen.reset();
        mine->when = ctx.env.wall();
        return true;
    });
    return rekept<Pin>(done, "renew", pin.key(), [&] {
        return Outcome<Pin>(Pin(pin.id(), std::move(name), pin.version(), pin.ttl(), std::move(done->commit.now)));
    });
}

template <ConditionalStorage S>
Outcome<void> unpin_version(S& storage, Context const& ctx, Pin const& pin) {
    auto done = change_pin(storage, ctx, pin, [&](RetentionState& state) -> Result<bool> {
        return std::erase_if(state.pins, [&](auto const& each) { return each.id == pin.id(); }) > 0;
    });
    return rekept<void>(done, "unpin", pin.key(), [] { return Outcome<void>(); });
}

}  // namespace holdfast::detail

#endif
