#ifndef HOLDFAST_CORE_BYTES_HPP
#define HOLDFAST_CORE_BYTES_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace holdfast {

/// Readable zero bytes that follow the end of every `Bytes`, so that vectorized parsers need no copy.
inline constexpr std::size_t read_padding = 64;

class Bytes;

/// Bytes under construction: grows like a vector, and becomes a `Bytes` without a copy. Empty after a move.
class Buffer {
public:
    Buffer() noexcept = default;
    explicit Buffer(std::size_t capacity) { reserve(capacity); }
    Buffer(Buffer&& other) noexcept
        : storage_(std::move(other.storage_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    Buffer& operator=(Buffer&& other) noexcept {
        Buffer gone(std::move(*this));
        storage_ = std::move(other.storage_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }

    char* data() noexcept { return storage_.get(); }
    char const* data() const noexcept { return storage_.get(); }
    std::size_t size() const noexcept { return size_; }
    std::size_t capacity() const noexcept { return capacity_; }
    std::string_view view() const noexcept { return {data(), size_}; }

    void reserve(std::size_t capacity) {
        if (capacity > capacity_) regrow(capacity);
    }
    void clear() noexcept { size_ = 0; }

    void push_back(char c) {
        if (size_ == capacity_) grow(1);
        storage_[static_cast<std::ptrdiff_t>(size_++)] = c;
    }
    void append(std::string_view text) { append(text.data(), text.size()); }
    void append(char const* data, std::size_t n) {
        if (n == 0) return;
        std::memcpy(extend(n), data, n);
    }

    /// Adds `n` bytes of unspecified content and returns where they begin.
    char* extend(std::size_t n) {
        if (n > capacity_ - size_) grow(n);
        char* const at = storage_.get() + size_;
        size_ += n;
        return at;
    }
    /// Shortens to `n` bytes.
    void truncate(std::size_t n) noexcept { size_ = n < size_ ? n : size_; }
    /// For what is going to be kept: gives unused memory back if that is more than an eighth of the content and 256
    /// bytes. Cost: then an allocation and a copy.
    void trim() {
        if (capacity_ - size_ > size_ / 8 + 256) regrow(size_);
    }

private:
    friend class Bytes;

    void grow(std::size_t n) {
        if (n > PTRDIFF_MAX / 4) __builtin_unreachable();  // g++ 12 suspects an overflow of memcpy otherwise
        std::size_t const wanted = size_ + n;
        regrow(wanted < capacity_ * 2 ? capacity_ * 2 : wanted);
    }
    void regrow(std::size_t capacity) {
        auto larger = std::make_shared_for_overwrite<char[]>(capacity + read_padding);
        if (size_ != 0) std::memcpy(larger.get(), storage_.get(), size_);
        storage_ = std::move(larger);
        capacity_ = capacity;
    }

    std::shared_ptr<char[]> storage_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

/// Immutable, shared bytes. A copy or a part shares the storage; `read_padding` zero bytes follow the end
/// (of the whole; behind a part stands whatever follows it there, still readable). Empty after a move.
class Bytes {
public:
    Bytes() noexcept = default;
    Bytes(Bytes const&) noexcept = default;
    Bytes(Bytes&& other) noexcept
        : owner_(std::move(other.owner_)),
          size_(std::exchange(other.size_, 0)),
          footprint_(std::exchange(other.footprint_, 0)) {}
    Bytes& operator=(Bytes other) noexcept {
        owner_.swap(other.owner_);
        size_ = other.size_;
        footprint_ = other.footprint_;
        return *this;
    }
    ~Bytes() = default;

    /// Takes the buffer's storage: no copy.
    explicit Bytes(Buffer&& buffer) noexcept : size_(buffer.size_) {
        if (buffer.storage_) {
            std::memset(buffer.storage_.get() + size_, 0, read_padding);
            footprint_ = buffer.capacity_ + read_padding;
        }
        char const* const begin = buffer.storage_.get();
        owner_ = std::shared_ptr<char const>(std::move(buffer.storage_), begin);
        buffer.size_ = buffer.capacity_ = 0;
    }

    static Bytes copy(std::string_view text) {
        Buffer buffer(text.size());
        buffer.append(text);
        return Bytes(std::move(buffer));
    }

    char const* data() const noexcept { return owner_.get(); }
    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    std::string_view view() const noexcept { return {data(), size_}; }
    /// The memory that their storage takes, which copies and parts share: more than `size` by what was not used of the
    /// buffer, by the padding, and for a part by what is before it.
    std::size_t footprint() const noexcept { return footprint_; }

    /// The bytes from `n` on, sharing this storage.
    Bytes drop_front(std::size_t n) const {
        Bytes rest;
        rest.footprint_ = footprint_;
        rest.owner_ = std::shared_ptr<char const>(owner_, owner_.get() + n);
        rest.size_ = size_ - n;
        return rest;
    }

    friend bool operator==(Bytes const& a, Bytes const& b) noexcept { return a.view() == b.view(); }

private:
    std::shared_ptr<char const> owner_;
    std::size_t size_ = 0;
    std::size_t footprint_ = 0;
};

}  // namespace holdfast

#endif
