#ifndef HOLDFAST_SERIALIZATION_COMPRESSED_HPP
#define HOLDFAST_SERIALIZATION_COMPRESSED_HPP

#include <holdfast/concepts/compare_content.hpp>
#include <holdfast/concepts/serialization.hpp>
#include <holdfast/format/limits.hpp>
#include <holdfast/serialization/compressed/codec.hpp>
#include <holdfast/serialization/compressed/zstd.hpp>
#include <holdfast/serialization/inner.hpp>

#include <string_view>
#include <utility>

namespace holdfast {

/// A serialization whose payloads are made smaller: `Compressed<Zstd, Json>`.
///
/// A payload is either what the codec made of that of `Inner`, or that of `Inner` itself, where it has fewer than
/// `least_size` bytes or does not shrink. Which of them is seen by how it begins; a payload of `Inner` that begins like
/// a compressed one is compressed always. So a store can be given compression when it is in use: what was written
/// before is read as it is, and compressed by the next write. (One exception: `RawBytes` states stored before that are
/// zstd frames themselves cannot be told from ours; read those without.) The way back needs every record written again.
///
/// Encryption goes outside, `Encrypted<Aes256Gcm, KeyRing, Compressed<Zstd, Json>>`: what is encrypted does not shrink.
/// The size of what is stored then says how well the state could be compressed; where somebody can put text of their
/// choice into a state and watch sizes, that may tell what else is in it.
///
/// Errors: `malformed` for a payload that is damaged or cut off, or that would become larger than 64 MiB (`decode`; and
/// `encode`, of the record that would be replaced); `too_large` for a state of more than 64 MiB before compression;
/// those of `Inner`.
/// Thread safety: that of `Inner`. Cost: see the codec; two allocations more than `Inner`; with a previous record
/// encoding decompresses that too, for `Inner` to look at.
template <class Codec, class Inner>
class Compressed {
    static_assert(CompressionCodec<Codec>,
                  "holdfast: the first argument of Compressed is a CompressionCodec, such as Zstd");
    static_assert(detail::Defined<Inner>,
                  "holdfast: the inner serialization is declared only; include its header, such as "
                  "<holdfast/serialization/json.hpp>");
    static_assert(
        !requires { requires Inner::incompressible; },
        "holdfast: Compressed around a serialization whose output is encrypted or compressed compresses "
        "noise; turn them around: Encrypted<Cipher, Ring, Compressed<Zstd, Json>>");

public:
    static constexpr Family family = Family::serialization;
    static constexpr bool incompressible = true;
    /// Fewer bytes are not worth a try.
    static constexpr std::size_t least_size = 128;

    Compressed() = default;
    explicit Compressed(Inner inner) : inner_(std::move(inner)) {}

    template <class State>
        requires SerializationPolicy<Inner, State>
    Result<void> encode(CodingContext const& context, State const& state, Buffer& out) {
        std::size_t const begin = out.size();
        if (auto coded = encode_inner(context, state, out); !coded) return coded;
        std::string_view const plain = out.view().substr(begin);
        if (plain.size() > max_payload_size) {
            out.truncate(begin);
            return Error(Errc::too_large,
                         "a value has at most 64 MiB before it is compressed; store it elsewhere and "
                         "keep its name here");
        }
        bool const looks_compressed = Codec::recognizes(plain);
        if (plain.size() < least_size && !looks_compressed) return {};
        Buffer smaller;
        auto const compressed = Codec::compress(plain, smaller);
        if (!compressed) {
            out.truncate(begin);
            return compressed;
        }
        if (smaller.size() >= plain.size() && !looks_compressed) return {};
        // Into a buffer that is no larger than what it holds: that of the plain payload would stay with the record.
        Buffer exact(begin + smaller.size());
        exact.append(out.view().substr(0, begin));
        exact.append(smaller.view());
        out = std::move(exact);
        return {};
    }

    template <class State>
        requires SerializationPolicy<Inner, State>
    Result<State> decode(CodingContext const& context, RecordPtr const& record) {
        if (!Codec::recognizes(record->payload.view())) return inner_.template decode<State>(context, record);
        auto plain = Codec::decompress(record->payload.view());
        if (!plain) return std::move(plain).error();
        return inner_.template decode<State>(context, detail::with_payload(record, *std::move(plain)));
    }

    /// Whether two payloads hold the same content, each with the context of its record.
    Result<bool> same_content(CodingContext const& a_context, Bytes const& a, CodingContext const& b_context,
                              Bytes const& b) {
        if (a == b) return true;
        auto const plain_a = plain(a);
        if (!plain_a) return plain_a.error();
        auto const plain_b = plain(b);
        if (!plain_b) return plain_b.error();
        return detail::compare_content(inner_, a_context, *plain_a, b_context, *plain_b);
    }

    /// Compiles if `State` can be coded by `Inner`, and else says why not.
    template <class State>
    static constexpr void explain() {
        detail::explain_inner<Inner, State>();
    }

private:
    static Result<Bytes> plain(Bytes const& payload) {
        if (!Codec::recognizes(payload.view())) return payload;
        return Codec::decompress(payload.view());
    }

    template <class State>
    Result<void> encode_inner(CodingContext const& context, State const& state, Buffer& out) {
        if (context.previous == nullptr) return inner_.encode(context, state, out);
        auto previous = plain(context.previous->payload);
        if (!previous) return std::move(previous).error().during("reading the record that would be replaced");
        return inner_.encode(InnerContext(context, *std::move(previous)), state, out);
    }

    [[no_unique_address]] Inner inner_;
};

}  // namespace holdfast

#endif
