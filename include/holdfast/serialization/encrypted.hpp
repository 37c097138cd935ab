#ifndef HOLDFAST_SERIALIZATION_ENCRYPTED_HPP
#define HOLDFAST_SERIALIZATION_ENCRYPTED_HPP

#include <holdfast/concepts/compare_content.hpp>
#include <holdfast/concepts/serialization.hpp>
#include <holdfast/format/limits.hpp>
#include <holdfast/serialization/encrypted/aes_256_gcm.hpp>
#include <holdfast/serialization/encrypted/cipher.hpp>
#include <holdfast/serialization/encrypted/envelope.hpp>
#include <holdfast/serialization/encrypted/key_ring.hpp>
#include <holdfast/serialization/encrypted/openssl.hpp>
#include <holdfast/serialization/inner.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

struct EncryptedOptions {
    /// Goes into every payload, so that none of another store is taken for one of this. 1 to 32 of A-Z a-z 0-9 . _ -,
    /// and the same in every program that opens the store.
    std::string store;
    /// Reads payloads that are not encrypted too, for a store that was in use before; the next write encrypts them, or
    /// `rewrap_all`. Not to be left on: whoever can write into the storage can then put in whatever they like.
    bool accept_plain = false;
};

/// A serialization whose payloads nobody can read or make without the key: `Encrypted<Aes256Gcm, KeyRing, Json>`.
///
/// What is encrypted is the payload. In clear remain the record's key, sequence, attributes, times and writers, the
/// store's name, the id of the encryption key, and the size. Cipher, store, record key, content sequence and key id are
/// authenticated with the payload, and so each of these is noticed and named: bytes that were changed, cut off or
/// added; a payload of another store or of another key put here; an older payload put back under a newer sequence; a
/// key that is missing, or another under the same id. Not noticed is that a record *as a whole* (with its sequence) or
/// a whole storage was put back to an earlier time, or removed; nor that of a key which was removed and made anew an
/// old payload of the same sequence was put back. Archived versions stay encrypted as they were.
///
/// Every payload has a nonce of its own, 96 random bits of OpenSSL's generator and of the system's `Environment` (not
/// of the store's), so that no two copies of a process draw the same. See the cipher for how many payloads one key is
/// good for.
///
/// Errors of `decode`, and of `encode` for the record that would be replaced, of which nothing is then written:
/// `malformed` (changed, cut off, or not made for this place; the message says which), `not_found` (the ring has no key
/// of this id), `permission_denied` (it has another under this id), `incompatible` (not encrypted, by another cipher,
/// or in a newer format), `unavailable` (OpenSSL does not work, or is gone since the process ends). Of `encode` also
/// `invalid_argument` (a ring without keys, a name of the store that is none) and `too_large`. No error holds a key or
/// a part of a state.
///
/// Thread safety: that of `Inner`. Cost: a pass of the cipher over the payload, in place when encoding; when decoding
/// an allocation; with a previous record encoding decrypts that too. A payload grows by 76 bytes and the three names.
/// Source of the format: `encrypted/envelope.hpp`.
template <class Cipher, class Ring, class Inner>
class Encrypted {
    static_assert(AuthenticatedCipher<Cipher>,
                  "holdfast: the first argument of Encrypted is a cipher, an AuthenticatedCipher such as Aes256Gcm");
    static_assert(KeySource<Ring>, "holdfast: the second argument of Encrypted has its keys, a KeySource such as KeyRing");
    static_assert(detail::Defined<Inner>,
                  "holdfast: the inner serialization is declared only; include its header, such as "
                  "<holdfast/serialization/json.hpp>");

public:
    static constexpr Family family = Family::serialization;
    static constexpr bool incompressible = true;

    Encrypted(Ring ring, EncryptedOptions options, Inner inner = Inner())
        : ring_(std::move(ring)), options_(std::move(options)), inner_(std::move(inner)) {}

    template <class State>
        requires SerializationPolicy<Inner, State>
    Result<void> encode(CodingContext const& context, State const& state, Buffer& out) {
        std::size_t const begin = out.size();
        auto result = seal(context, state, out);
        if (!result) out.truncate(begin);
        return result;
    }

    template <class State>
        requires SerializationPolicy<Inner, State>
    Result<State> decode(CodingContext const& context, RecordPtr const& record) {
        auto plain = open(context, record->payload);
        if (!plain) return std::move(plain).error();
        return inner_.template decode<State>(context, detail::with_payload(record, *std::move(plain)));
    }

    /// Whether two payloads hold the same content, each with the context of its record.
    Result<bool> same_content(CodingContext const& a_context, Bytes const& a, CodingContext const& b_context,
                              Bytes const& b) {
        auto const plain_a = open(a_context, a);
        if (!plain_a) return plain_a.error();
        auto const plain_b = open(b_context, b);
        if (!plain_b) return plain_b.error();
        return detail::compare_content(inner_, a_context, *plain_a, b_context, *plain_b);
    }

    /// Whether the payload is anything but encrypted under the active key: under another, not at all, or damaged. Does
    /// not decrypt it.
    bool needs_rewrap(Record const& record) const {
        auto const active = ring_.active();
        if (!active || !detail::Envelope::recognizes(record.payload.view())) return true;
        auto const envelope = detail::Envelope::read(record.payload.view(), Cipher::tag_size);
        return !envelope || envelope->key_id != active->id || envelope->fingerprint != active->fingerprint;
    }

    /// Compiles if `State` can be coded by `Inner`, and else says why not.
    template <class State>
    static constexpr void explain() {
        detail::explain_inner<Inner, State>();
    }

private:
    template <class State>
    Result<void> seal(CodingContext const& context, State const& state, Buffer& out) {
        auto const key = ring_.active();
        if (!key)
            return Error(Errc::invalid_argument,
                         "the ring has no key to encrypt with; add one before the store is made");
        if (!valid_key_id(options_.store))
            return Error(Errc::invalid_argument, "the name of an encrypted store is 1 to 32 of A-Z a-z 0-9 . _ -");
        char nonce[Cipher::nonce_size];
        if (auto drawn = detail::Openssl::random(nonce); !drawn) return drawn;

        detail::Envelope envelope;
        envelope.cipher = Cipher::id;
        envelope.sequence = context.sequence;
        envelope.fingerprint = key->fingerprint;
        envelope.nonce = {nonce, sizeof nonce};
        envelope.key_id = key->id;
        envelope.store = options_.store;
        envelope.key = context.id.key.view();

        std::size_t const begin = out.size(), head = envelope.header_size();
        (void)out.extend(head);
        if (auto coded = encode_inner(context, state, out); !coded) return coded;
        envelope.size = out.size() - begin - head;
        if (envelope.size > max_payload_size)
            return Error(Errc::too_large, "a value has at most 64 MiB; store it elsewhere and keep its name here");
        (void)out.extend(Cipher::tag_size);
        char* const at = out.data() + begin;
        char* const text = at + head;
        envelope.write(at);
        if (!Cipher::seal(key->secret.expose(), envelope.nonce, {at, head}, text, envelope.size, text + envelope.size))
            return unusable();
        return {};
    }

    template <class State>
    Result<void> encode_inner(CodingContext const& context, State const& state, Buffer& out) {
        if (context.previous == nullptr) return inner_.encode(context, state, out);
        Record const& previous = *context.previous;
        // Decrypted even if `Inner` does not look at it: what cannot be read is not overwritten.
        auto plain = previous.payload.empty() ? Result<Bytes>(previous.payload)
                                              : open({context.id, previous.stamp.sequence, nullptr}, previous.payload);
        if (!plain) return std::move(plain).error().during("reading the record that would be replaced");
        return inner_.encode(InnerContext(context, *std::move(plain)), state, out);
    }

    /// The payload of `Inner`, if this one was made by the ring for this place.
    Result<Bytes> open(CodingContext const& context, Bytes const& payload) const {
        if (!detail::Envelope::recognizes(payload.view())) {
            if (options_.accept_plain) return payload;
            return Error(
                Errc::incompatible,
                "the payload is not encrypted, and this store wants that; if it is from before encryption, set "
                "EncryptedOptions::accept_plain until rewrap_all has gone through, else restore the record");
        }
        auto const read = detail::Envelope::read(payload.view(), Cipher::tag_size);
        if (!read) return read.error();
        detail::Envelope const& envelope = *read;
        if (envelope.cipher != Cipher::id)
            return Error(Errc::incompatible, "the payload is encrypted by another cipher (number " +
                                                 std::to_string(envelope.cipher) + ") than " +
                                                 std::string(Cipher::name) + "; name that one in the store's type");
        auto const key = ring_.find(envelope.key_id);
        if (!key)
            return Error(Errc::not_found, "the payload is encrypted under the key '" + std::string(envelope.key_id) +
                                              "', which the ring does not have; add it to the ring");
        if (key->fingerprint != envelope.fingerprint)
            return Error(Errc::permission_denied,
                         "the payload is encrypted under another key than that which the ring "
                         "has as '" +
                             key->id + "'; put the right one into the ring");
        if (envelope.size > max_payload_size)
            return Error(Errc::malformed, "the encrypted payload is larger than 64 MiB; restore the record");

        Buffer out(envelope.size);
        char* const plain = out.extend(envelope.size);
        char const* const text = envelope.text.data();
        switch (Cipher::open(key->secret.expose(), envelope.nonce, envelope.header, text, envelope.size,
                             text + envelope.size, plain)) {
            case Opened::unusable: return unusable();
            case Opened::altered:
                return Error(Errc::malformed, "the encrypted payload was changed after it was written under the key '" +
                                                  key->id + "', by damage or by somebody's hand; restore the record");
            case Opened::whole: break;
        }
        if (auto right = made_for(context, envelope); !right) return std::move(right).error();
        return Bytes(std::move(out));
    }

    /// Whether a payload that is known to be ours belongs here.
    Result<void> made_for(CodingContext const& context, detail::Envelope const& envelope) const {
        std::string what;
        if (envelope.store != options_.store)
            what.append("was written for the store '")
                .append(envelope.store)
                .append("', and this is '")
                .append(options_.store)
                .append("'; open it under that name, or restore the record");
        else if (envelope.key != context.id.key.view())
            what.append("was written for the key \"")
                .append(envelope.key)
                .append("\" (sequence ")
                .append(std::to_string(envelope.sequence))
                .append(") and was put here by somebody; restore the record");
        else if (context.sequence != 0 && envelope.sequence != context.sequence)  // 0: the storage keeps no stamps
            what.append("is that of sequence ")
                .append(std::to_string(envelope.sequence))
                .append(" of this key and was put into the record of sequence ")
                .append(std::to_string(context.sequence))
                .append(" by somebody; restore the record");
        if (what.empty()) return {};
        return Error(Errc::malformed, "the encrypted payload is whole, but " + what);
    }

    static Error unusable() {
        if (detail::Openssl::is_gone()) return detail::Openssl::gone();
        return Error(Errc::unavailable, "OpenSSL cannot work with " + std::string(Cipher::name) +
                                            "; check its configuration and the memory of this process");
    }

    Ring ring_;
    EncryptedOptions options_;
    [[no_unique_address]] Inner inner_;
};

}  // namespace holdfast

#endif
