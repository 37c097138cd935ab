#ifndef HOLDFAST_SERIALIZATION_ENCRYPTED_OPENSSL_HPP
#define HOLDFAST_SERIALIZATION_ENCRYPTED_OPENSSL_HPP

#include <holdfast/core/library_life.hpp>
#include <holdfast/core/result.hpp>

#include <atomic>
#include <cstddef>

#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace holdfast::detail {

/// What we ask of OpenSSL's global objects. It takes them down when the process ends (or by `OPENSSL_cleanup`), while
/// other destructors and other threads go on.
///
/// Thread safety: every member, from any thread.
class Openssl {
public:
    /// Needed around whatever uses OpenSSL but `OPENSSL_cleanse`. False: it is gone, and to be told by `gone()`.
    static LibraryLife::Use use() noexcept {
        if (!watched_.load(std::memory_order_acquire) && OPENSSL_init_crypto(0, nullptr) == 1 &&
            OPENSSL_atexit([] { life_.end(); }) == 1)
            watched_.store(true, std::memory_order_release);  // two threads may do it twice, which does no harm
        return life_.use();
    }
    static bool is_gone() noexcept { return life_.is_over(); }
    static Error gone() {
        return Error(Errc::unavailable,
                     "OpenSSL was taken down, since the process ends: read and write encrypted states earlier");
    }

    /// Random bytes of OpenSSL's generator for secrets, mixed with those of the system's environment: a copy of the
    /// process that nobody noticed (a snapshot of a machine that is resumed twice) has the same generator, and must
    /// draw others. Errors: `unavailable`.
    template <std::size_t N>
    static Result<void> random(char (&out)[N]) {
        auto const openssl = use();
        if (!openssl) return gone();
        if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(out), static_cast<int>(N)) != 1)
            return Error(Errc::unavailable, "OpenSSL has no random numbers; check its configuration");
        char more[N];
        Environment::system().random(more, N);
        for (std::size_t i = 0; i < N; ++i) out[i] = static_cast<char>(out[i] ^ more[i]);
        return {};
    }

private:
    static inline constinit LibraryLife life_;
    static inline constinit std::atomic<bool> watched_{false};
};

}  // namespace holdfast::detail

#endif
