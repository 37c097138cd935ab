#ifndef HOLDFAST_CORE_REVISION_HPP
#define HOLDFAST_CORE_REVISION_HPP

#include <holdfast/core/inline_text.hpp>
#include <holdfast/core/result.hpp>
#include <holdfast/core/write_id.hpp>

#include <bit>
#include <string_view>

namespace holdfast {

/// An opaque token of one write of one record id, never reused. Compared for equality only.
///
/// Up to 47 bytes inside the object: an ETag or a generation number fits. A storage without a token of its own uses
/// the id of the newest write, which is known before the write is made.
class Revision {
public:
    static constexpr std::size_t max_size = 47;

    Revision() noexcept = default;
    explicit Revision(WriteId id) noexcept : token_({std::bit_cast<std::array<char, 16>>(id).data(), 16}) {}

    /// A service's own token. Errors: `too_large`, since a shortened token would not be unique.
    static Result<Revision> parse(std::string_view token) {
        if (!InlineText<max_size>::fits(token)) return Error(Errc::too_large, "a revision has at most 47 bytes");
        Revision revision;
        revision.token_ = InlineText<max_size>(token);
        return revision;
    }

    std::string_view view() const noexcept { return token_.view(); }
    bool empty() const noexcept { return token_.empty(); }

    /// The write that this revision was made of. Only for a storage that makes its revisions of write ids.
    WriteId write_id() const noexcept {
        std::array<char, 16> raw{};
        view().copy(raw.data(), raw.size());
        return std::bit_cast<WriteId>(raw);
    }

    friend bool operator==(Revision const&, Revision const&) noexcept = default;

private:
    InlineText<max_size> token_;
};

}  // namespace holdfast

#endif
