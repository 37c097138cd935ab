#ifndef HOLDFAST_STORAGE_SQLITE_RING_TEXT_HPP
#define HOLDFAST_STORAGE_SQLITE_RING_TEXT_HPP

#include <holdfast/core/write_ring.hpp>

#include <algorithm>
#include <optional>

namespace holdfast::detail::sqlite {

/// The ids of a ring as text: the newest, and the earlier ones separated by spaces.
class RingText {
public:
    explicit RingText(WriteRing const& ring) noexcept {
        for (std::size_t i = 0; i < ring.size(); ++i) {
            if (i > 0) text_[size_++] = ' ';
            auto const id = ring[i].text();
            std::copy(id.begin(), id.end(), text_.begin() + static_cast<std::ptrdiff_t>(size_));
            size_ += id.size();
        }
    }

    std::string_view newest() const noexcept { return {text_.data(), WriteId::text_size}; }
    std::string_view earlier() const noexcept {
        std::size_t const begin = std::min(size_, WriteId::text_size + 1);
        return {text_.data() + begin, size_ - begin};
    }

    static std::optional<WriteRing> parse(std::string_view newest, std::string_view earlier) noexcept {
        WriteRing ring;
        for (;; newest = earlier.substr(0, WriteId::text_size)) {
            auto const id = WriteId::parse(newest);
            if (!id || !ring.append(*id)) return std::nullopt;
            if (ring.size() > 1) earlier.remove_prefix(std::min(earlier.size(), WriteId::text_size + 1));
            if (earlier.empty()) return ring;
        }
    }

private:
    std::array<char, WriteRing::capacity*(WriteId::text_size + 1)> text_;
    std::size_t size_ = 0;
};

}  // namespace holdfast::detail::sqlite

#endif
