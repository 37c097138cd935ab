#ifndef HOLDFAST_SERIALIZATION_ENCRYPTED_KEY_RING_HPP
#define HOLDFAST_SERIALIZATION_ENCRYPTED_KEY_RING_HPP

#include <holdfast/serialization/encrypted/secret_key.hpp>

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast {

/// A key with the name by which payloads ask for it.
struct NamedKey {
    std::string id;
    SecretKey secret;
    std::uint64_t fingerprint;
};
using NamedKeyPtr = std::shared_ptr<NamedKey const>;

/// Where `Encrypted` finds its keys.
///
/// *Minimal complete definition*
/// - `NamedKeyPtr active() const`: the key to encrypt with; null if there is none.
/// - `NamedKeyPtr find(std::string_view id) const`: a key to decrypt with; null if there is none of that id.
///
/// *Laws*: find(active()->id) is active(); ids hold to `valid_key_id`; a key never changes under its id.
/// *Models*: `KeyRing`.
///
/// Thread safety: both members may be called from any thread at any time.
template <class R>
concept KeySource = std::move_constructible<R> && requires(R const& ring, std::string_view id) {
    { ring.active() } -> std::same_as<NamedKeyPtr>;
    { ring.find(id) } -> std::same_as<NamedKeyPtr>;
};

/// Ids of keys, and names of encrypted stores: 1 to 32 of A-Z a-z 0-9 . _ -
constexpr bool valid_key_id(std::string_view id) noexcept {
    if (id.empty() || id.size() > 32) return false;
    for (char const c : id) {
        bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') return false;
    }
    return true;
}

/// Keys by id: the active one encrypts, all of them decrypt. The first that is added is active until another is
/// activated. A copy shares the keys; each is overwritten in memory when the last ring that has it goes.
///
/// To take a new key: add it to the rings of all programs; activate it in all; `rewrap_all`; take the old one out. Two
/// keys must never have one id.
///
/// Thread safety: as for any value; a store has a ring of its own, which nobody changes.
class KeyRing {
public:
    KeyRing() = default;

    /// Adds a key; takes also what the makers of `SecretKey` return, and hands on their errors. Errors:
    /// `invalid_argument` for an id that is none or is taken.
    Result<void> add(std::string_view id, Result<SecretKey> key) {
        if (!valid_key_id(id)) return Error(Errc::invalid_argument, "the id of a key is 1 to 32 of A-Z a-z 0-9 . _ -");
        if (find(id))
            return Error(Errc::invalid_argument, "two keys have the id '" + std::string(id) +
                                                     "'; a new key needs a new "
                                                     "id, since payloads under the old one ask for it by name");
        if (!key) return std::move(key).error();
        if (!*key) return Error(Errc::invalid_argument, "this key was moved from; use what it was moved into");
        auto const fingerprint = key->fingerprint();
        if (fingerprint == 0 && detail::Openssl::is_gone()) return detail::Openssl::gone();
        if (fingerprint == 0) return Error(Errc::unavailable, "OpenSSL has no SHA-256; check its configuration");
        keys_.push_back(std::make_shared<NamedKey const>(NamedKey{std::string(id), *std::move(key), fingerprint}));
        if (!active_) active_ = keys_.back();
        return {};
    }

    /// From now on this key encrypts. Errors: `not_found`.
    Result<void> activate(std::string_view id) {
        auto key = find(id);
        if (!key) return Error(Errc::not_found, "the ring has no key of this id; add it before it is activated");
        active_ = std::move(key);
        return {};
    }

    /// From text `id:key`, the key as for `SecretKey::from_text`; several are separated by spaces, lines or commas, and
    /// the first is active. Errors: `invalid_argument`, with the place of the faulty one and none of its text.
    static Result<KeyRing> from_text(std::string_view text) {
        constexpr std::string_view separators = " \t\r\n,";
        KeyRing ring;
        for (std::size_t n = 1;; ++n) {
            std::size_t const begin = text.find_first_not_of(separators);
            if (begin == text.npos) break;
            text.remove_prefix(begin);
            auto const one = text.substr(0, text.find_first_of(separators));
            text.remove_prefix(one.size());
            auto const colon = one.find(':');
            auto added = colon == one.npos
                             ? Error(Errc::invalid_argument, "a key in a ring is written id:key, with no space inside")
                             : ring.add(one.substr(0, colon), SecretKey::from_text(one.substr(colon + 1)));
            if (!added) return std::move(added).error().on("key " + std::to_string(n) + " of the ring");
        }
        if (!ring.active_) return Error(Errc::invalid_argument, "there is no key in it; write id:key");
        return ring;
    }

    /// From a file with text as for `from_text`; whose it may be says `SecretKey::from_file`. Errors:
    /// `permission_denied`, `not_found`, `invalid_argument` and others of the system.
    static Result<KeyRing> from_file(std::string const& path) {
        auto const text = detail::SecretText::from_file(path);
        if (!text) return text.error();
        auto ring = from_text(text->view());
        if (!ring) return std::move(ring).error().during("read").from(path);
        return ring;
    }

    /// From an environment variable with text as for `from_text`. Errors: `not_found`, `invalid_argument`.
    static Result<KeyRing> from_variable(std::string const& name) {
        auto const text = detail::secret_variable(name);
        if (!text) return text.error();
        auto ring = from_text(*text);
        if (!ring) return std::move(ring).error().from("environment variable " + name);
        return ring;
    }

    NamedKeyPtr active() const noexcept { return active_; }
    NamedKeyPtr find(std::string_view id) const noexcept {
        for (auto const& key : keys_)
            if (key->id == id) return key;
        return nullptr;
    }
    std::size_t size() const noexcept { return keys_.size(); }

private:
    std::vector<NamedKeyPtr> keys_;
    NamedKeyPtr active_;
};

}  // namespace holdfast

#endif
