#ifndef HOLDFAST_FORMAT_LEASE_TEXT_HPP
#define HOLDFAST_FORMAT_LEASE_TEXT_HPP

#include <holdfast/core/decimal.hpp>
#include <holdfast/core/lease.hpp>
#include <holdfast/format/flat_json.hpp>
#include <holdfast/format/rfc3339.hpp>

#include <array>

namespace holdfast::detail {

inline constexpr std::size_t max_purpose_size = 256;

/// The leading part of `text` that is whole UTF-8 characters.
inline std::string_view cut_to_utf8(std::string_view text) noexcept {
    for (std::size_t at = 0; at < text.size();) {
        std::size_t const begin = at;
        if (next_code_point(text, at) == bad_utf8) return text.substr(0, begin);
    }
    return text;
}

/// A lease as members of a flat JSON object, the same in frames and in databases. Each begins with a comma:
///
///     ,"lease":"<id>","lease_state":"held wanted","lease_ttl":"30000000","lease_acquired":"…","lease_renewed":"…",
///     "lease_holder":"user@host:pid","lease_purpose":"…"
///
/// The state is words out of `held`, `wanted`, `dirty`, in this order, separated by spaces; the time to live is in
/// microseconds, the moments are RFC 3339.
inline void append_lease(Buffer& out, Lease const& lease) {
    auto const text = [&](std::string_view before, std::string_view value) {
        out.append(before);
        append_escaped(out, value);
    };
    auto const id = lease.id.text();
    text(",\"lease\":\"", {id.data(), id.size()});
    out.append("\",\"lease_state\":\"");
    std::string_view space;
    for (auto const& [set, word] :
         {std::pair<bool, std::string_view>(lease.held, "held"), {lease.wanted, "wanted"}, {lease.dirty, "dirty"}}) {
        if (!set) continue;
        out.append(space);
        out.append(word);
        space = " ";
    }
    auto const ttl = std::chrono::duration_cast<std::chrono::microseconds>(lease.ttl).count();
    text("\",\"lease_ttl\":\"", Decimal(ttl > 0 ? static_cast<std::uint64_t>(ttl) : 0).view());
    auto const acquired = to_rfc3339(lease.acquired), renewed = to_rfc3339(lease.renewed);
    text("\",\"lease_acquired\":\"", {acquired.data(), acquired.size()});
    text("\",\"lease_renewed\":\"", {renewed.data(), renewed.size()});
    text("\",\"lease_holder\":\"", cut_to_utf8(lease.holder.view()));
    text("\",\"lease_purpose\":\"", cut_to_utf8(std::string_view(lease.purpose).substr(0, max_purpose_size)));
    out.push_back('"');
}

/// Puts a lease together from its members, in any order.
class LeaseReader {
public:
    static bool is_ours(std::string_view name) noexcept { return name.starts_with("lease"); }

    /// False: the member is not as `append_lease` writes it. Members of a later format are skipped.
    bool take(std::string_view name, std::string_view value) {
        for (std::size_t which = 0; which < names.size(); ++which) {
            if (names[which] != name) continue;
            if ((seen_ >> which & 1) != 0) return false;
            seen_ |= 1u << which;
            return take(which, value);
        }
        return true;
    }

    bool complete() const noexcept { return seen_ == (1u << names.size()) - 1; }
    LeasePtr lease() && { return std::make_shared<Lease const>(std::move(lease_)); }

private:
    static constexpr std::array<std::string_view, 7> names = {
        "lease", "lease_state", "lease_ttl", "lease_acquired", "lease_renewed", "lease_holder", "lease_purpose"};

    bool take(std::size_t which, std::string_view value) {
        switch (which) {
            case 0: return into(lease_.id, WriteId::parse(value));
            case 1: return take_state(value);
            case 2: return take_ttl(value);
            case 3: return into(lease_.acquired, from_rfc3339(value));
            case 4: return into(lease_.renewed, from_rfc3339(value));
            case 5: return take_holder(value);
            default: return into(lease_.purpose, unescape(value)) && lease_.purpose.size() <= max_purpose_size;
        }
    }

    template <class T>
    static bool into(T& target, std::optional<T> value) {
        if (value) target = *std::move(value);
        return value.has_value();
    }

    bool take_state(std::string_view words) {
        auto const word = [&](std::string_view which) {
            if (!words.starts_with(which)) return false;
            words.remove_prefix(which.size());
            if (words.starts_with(' ') && words.size() > 1) words.remove_prefix(1);
            return true;
        };
        lease_.held = word("held");
        lease_.wanted = word("wanted");
        lease_.dirty = word("dirty");
        return words.empty();
    }
    bool take_ttl(std::string_view text) {
        constexpr std::uint64_t most = std::uint64_t{366} * 24 * 3600 * 1'000'000;
        auto const value = parse_decimal(text, most);
        if (!value) return false;
        lease_.ttl = std::chrono::microseconds(*value);
        return true;
    }
    bool take_holder(std::string_view value) {
        auto const text = unescape(value);
        if (!text || !Writer::fits(*text)) return false;
        lease_.holder = Writer(*text);
        return true;
    }

    Lease lease_;
    unsigned seen_ = 0;
};

/// The same as a JSON object of its own. Empty: no lease.
inline Buffer lease_to_json(Lease const* lease) {
    Buffer out;
    if (lease == nullptr) return out;
    Buffer members;
    append_lease(members, *lease);
    out.push_back('{');
    out.append(members.view().substr(1));
    out.push_back('}');
    return out;
}

/// False if `json` is not what `lease_to_json` wrote.
inline bool lease_from_json(std::string_view json, LeasePtr& lease) {
    FlatReader reader(json);
    LeaseReader members;
    while (auto const member = reader.next())
        if (!members.take(member->name, member->value)) return false;
    if (!reader.complete() || !members.complete()) return false;
    lease = std::move(members).lease();
    return true;
}

}  // namespace holdfast::detail

#endif
