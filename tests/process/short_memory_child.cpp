// Every allocation of every operation fails, one after the other: all or nothing is done, the truth is told, and the
// next operation works. Ends with 1 and a line for each case that is not so.
//
// Here are the serializations, the layers and batches; storages and locks that have more to lose have tests of their
// own.

#include <holdfast/holdfast.hpp>
#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/observe/observers.hpp>
#include <holdfast/layer/observe/prometheus.hpp>
#include <holdfast/layer/observe/structured_log.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/migrating.hpp>
#include <holdfast/serialization/raw_bytes.hpp>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

namespace {

long fails_at = -1;  // allocations until one fails; below zero: none does
bool failed = false;

bool fails() noexcept {
    if (fails_at < 0 || fails_at-- > 0) return false;
    return failed = true;
}

}  // namespace

#if defined(__GLIBC__) && !defined(SANITIZED)
// Those of the libraries written in C, too.
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* malloc(std::size_t size) { return fails() ? (errno = ENOMEM, nullptr) : __libc_malloc(size); }
void* calloc(std::size_t n, std::size_t size) { return fails() ? (errno = ENOMEM, nullptr) : __libc_calloc(n, size); }
void* realloc(void* old, std::size_t size) { return fails() ? (errno = ENOMEM, nullptr) : __libc_realloc(old, size); }
}
#else
void* operator new(std::size_t size) {
    if (fails()) throw std::bad_alloc();
    if (void* const at = std::malloc(size != 0 ? size : 1)) return at;
    throw std::bad_alloc();
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }
#endif

namespace {

using namespace holdfast;

struct Old {
    long count = 0;
};
struct State {
    long count = 0;
    std::string text = "a text that is too long for a small string, and repeats itself, and repeats itself, and repeats";
    std::map<std::string, std::vector<std::optional<int>>> map{{"a name that is long as well, so long", {1, {}, 3}}};
    std::variant<std::monostate, std::string> either = std::string("another text that needs memory of its own");
};
State with(long count) {
    State state;
    state.count = count;
    return state;
}
State grow(Old const& old) { return with(old.count); }

int failures = 0;
unsigned points = 0;

/// How an operation ended.
enum class End { applied, error, thrown };

template <class R>
End end_of(R const& result, char const* what) {
    if (result) return End::applied;
    // `conflict` would be the word of a storage; what is short is memory.
    bool const honest = result.error() == Errc::unavailable || result.error() == Errc::unknown_outcome;
    if (!honest) {
        std::printf("%s: said %s\n", what, result.error().describe().c_str());
        ++failures;
    }
    return result.error() == Errc::unknown_outcome ? End::thrown : End::error;
}

/// Runs `operation` on a fresh store for every allocation that it makes, that one failing. `before` and `after` are
/// what `look` may find.
template <class Make, class Operation, class Look>
void every_point(char const* what, Make make, Operation operation, Look look, long before, long after) {
    {  // What a thread makes at its first use must be there: without memory for that glibc itself ends the program.
        auto store = make();
        (void)operation(store);
    }
    for (long n = 0; n < 5000; ++n, ++points) {
        auto store = make();
        End end = End::thrown;
        failed = false;
        fails_at = n;
        try {
            end = operation(store);
        } catch (std::bad_alloc const&) {
        }
        fails_at = -1;
        long const now = look(store);
        bool const whole = now == before || now == after;
        bool const true_word = before == after || (end == End::applied) == (now == after);
        if (!whole || !true_word) {
            std::printf("%s: allocation %ld failed, and it %s, and then there is %ld\n", what, n,
                        end == End::applied ? "was applied" : end == End::error ? "is an error" : "threw", now);
            ++failures;
        }
        if (!failed) {
            if (end != End::applied) {
                std::printf("%s: fails with memory enough\n", what);
                ++failures;
            }
            return;
        }
    }
    std::printf("%s: never ends\n", what);
    ++failures;
}

template <class Store, class Make>
void operations(std::string const& what, Make make_store) {
    auto const make = [&] {
        Store store = make_store();
        (void)store.create("a", with(41)).value();
        return store;
    };
    auto const count = [](Store& store) {
        auto const raised = store.update("b", [](State& state) { ++state.count; });  // the next operation works
        auto const there = store.get("a");
        return raised && there && *there ? (**there)->count : -1;
    };
    auto const add = [](State& state) {
        ++state.count;
        state.map["another name that is too long for a small string"].push_back(4);
    };
    every_point((what + " get").c_str(), make, [&](Store& s) { return end_of(s.get("a"), "get"); }, count, 41, 41);
    every_point((what + " update").c_str(), make, [&](Store& s) { return end_of(s.update("a", add), "update"); }, count,
                41, 42);
    every_point((what + " replace").c_str(), make,
                [&](Store& s) {
                    auto const entry = s.get("a");
                    if (!entry) return end_of(entry, "get");
                    return end_of(s.replace(**entry, with(7)), "replace");
                },
                count, 41, 7);
}

void batches() {
    using Store = StateStore<std::string, RawBytes>;
    auto const make = [] {
        Store store;
        for (KeyView const key : {KeyView("a"), KeyView("gone")}) (void)store.create(key, "before").value();
        return store;
    };
    auto const look = [](Store& store) {
        long there = 0;
        for (KeyView const key : {KeyView("a"), KeyView("b"), KeyView("c with a name that is long enough")}) {
            auto const entry = store.get(key).value();
            there = there * 10 + (entry && **entry == "after" ? 1 : 0);
        }
        return there * 10 + (store.get("gone").value() ? 0 : 1);
    };
    every_point("batch in memory", make,
                [](Store& store) {
                    auto const all = [](std::span<std::optional<std::string>> states) {
                        for (auto& state : states) state = "after";
                        states.back().reset();
                    };
                    return end_of(store.transaction({"a", "b", "c with a name that is long enough", "gone"}, all),
                                  "transaction");
                },
                look, 0, 1111);
}

}  // namespace

BOOST_HANA_ADAPT_STRUCT(Old, count);
BOOST_HANA_ADAPT_STRUCT(State, count, text, map, either);

int main() {
    batches();
    using Plain = StateStore<State>;
    operations<Plain>("Json", [] { return Plain(); });
    using Small = StateStore<State, Compressed<Zstd, Json>>;
    operations<Small>("Compressed", [] { return Small(); });
    using Migrated = StateStore<State, Migrating<Json, Step<Old, State, &grow>>>;
    operations<Migrated>("Migrating", [] { return Migrated(); });
    KeyRing keys;
    keys.add("k1", SecretKey::generate()).value();
    using Aead = Encrypted<Aes256Gcm, KeyRing, Compressed<Zstd, Json>>;
    using Secret = StateStore<State, Aead>;
    operations<Secret>("Encrypted", [&] { return Secret(Aead(keys, {.store = "test"})); });

    using Layers = Cached<Retrying<Observed<MemoryStorage, Observers<PrometheusMetrics, StructuredLog<>>>>>;
    using Layered = StateStore<State, Layers>;
    operations<Layered>("layers", [] {
        Observers both(PrometheusMetrics(), StructuredLog<>([](std::string_view) {}));
        return Layered(Layers(Retrying(Observed(MemoryStorage(), both))));
    });
    std::printf("%u allocations failed, %d wrongly\n", points, failures);
    return failures == 0 ? 0 : 1;
}
