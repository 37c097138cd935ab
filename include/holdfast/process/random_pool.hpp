#ifndef HOLDFAST_PROCESS_RANDOM_POOL_HPP
#define HOLDFAST_PROCESS_RANDOM_POOL_HPP

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace holdfast::detail {

/// Random bytes from a store of them, each draw mixed with a word that was never in memory. So what is drawn after the
/// process was copied differs from what its copy draws, even if nobody noticed: a machine that is resumed twice from
/// one snapshot, a checkpoint that is restored twice. (What was drawn before is in both.)
///
/// `Source` has `static std::uint64_t word()`, from the processor, 0 if it gives none; and `static void fill(void*,
/// std::size_t)`, from the system. Without words nothing is stored, and each draw asks the system.
/// Cost: a word a draw, and one `fill` for every `capacity` bytes.
template <class Source>
class RandomPool {
public:
    static constexpr std::size_t capacity = 1024;

    void draw(void* out, std::size_t size) {
        std::uint64_t const fresh = Source::word();
        if (fresh == 0 || size > capacity) {
            Source::fill(out, size);
        } else {
            if (size > left_) refill();
            left_ -= size;
            std::memcpy(out, bytes_ + left_, size);
        }
        mix(static_cast<unsigned char*>(out), size, fresh);
    }

    void discard() noexcept { left_ = 0; }

private:
    void refill() {
        Source::fill(bytes_, capacity);
        left_ = capacity;
    }

    static void mix(unsigned char* at, std::size_t size, std::uint64_t fresh) noexcept {
        std::uint64_t word = 0;
        for (; size >= sizeof word; at += sizeof word, size -= sizeof word) {
            std::memcpy(&word, at, sizeof word);
            word ^= fresh;
            std::memcpy(at, &word, sizeof word);
        }
        std::memcpy(&word, at, size);
        word ^= fresh;
        std::memcpy(at, &word, size);
    }

    std::size_t left_ = 0;
    unsigned char bytes_[capacity] = {};
};

}  // namespace holdfast::detail

#endif
