// Updates states at every point of the life of a process at which it can run code, with every composition.
//
//   env HOLDFAST_EXIT_DIRECTORY=DIR HOLDFAST_EXIT_MODE=MODE exit_child
//
// MODE: `used` (from before main to after it), `unused` (for the first time when the process ends), `quick` (ends by
// quick_exit), `cleanup` (OpenSSL was taken down), `thread` (main ends as a thread). Prints for each update a line
// "<point> <composition> saved", or the code of the error in its place, or "LOST", and goes on. A thread of its own
// updates "detached" all the time, and notes in the file `acknowledged` how often. Mode `read` prints instead what a
// later process finds.

#include <holdfast/holdfast.hpp>
#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/observe/prometheus.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/locking/lease_renewer.hpp>
#include <holdfast/open.hpp>
#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/migrating.hpp>
#include <holdfast/storage/sqlite.hpp>
#include <holdfast/versioning/history.hpp>

#include <boost/hana/adapt_struct.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

namespace exit_test {

struct Old {
    std::int64_t n = 0;
};
struct State {
    std::int64_t n = 0;
    std::string text;
};

}  // namespace exit_test

BOOST_HANA_ADAPT_STRUCT(exit_test::Old, n);
BOOST_HANA_ADAPT_STRUCT(exit_test::State, n, text);

namespace exit_test {

using namespace holdfast;

State from_old(Old old) { return {old.n, {}}; }

// Not only ASCII, so that its form is checked; long enough to be compressed.
std::string const& long_text() {
    static std::string& text = *new std::string;
    while (text.size() < 3000) text += "zu Ende gehört, è finita — ";
    return text;
}

std::string variable(char const* name) {
    char const* const value = std::getenv(name);
    return value != nullptr ? value : "";
}
std::string directory() { return variable("HOLDFAST_EXIT_DIRECTORY"); }
bool in_mode(char const* name) { return variable("HOLDFAST_EXIT_MODE") == name; }

KeyRing ring() {
    KeyRing keys;
    (void)keys.add("one", SecretKey::from_bytes("0123456789abcdef0123456789abcdef"));
    return keys;
}

// Stores that live as long as the process, so that what fails at its end is the library.
template <class Store, class... Parts>
Store* forever_(Parts&&... parts) {
    return new Store(std::forward<Parts>(parts)...);
}

using Sealed = Encrypted<Aes256Gcm, KeyRing, Compressed<Zstd, Json>>;
using Watched = Cached<Observed<FileStorage<>, PrometheusMetrics>>;
using Anywhere = OneOf<FileStorage<>, SqliteStorage>;

struct Compressing {
    static constexpr char const* name = "compressed";
    using Store = StateStore<State, FileStorage<>, Compressed<Zstd, Json>, MutexLock>;
    static Result<Store*> open() {
        auto storage = FileStorage<>::open(directory() + "/compressed");
        if (!storage) return storage.error();
        return forever_<Store>(*storage);
    }
};
struct Encrypting {
    static constexpr char const* name = "encrypted";
    using Store = StateStore<State, SqliteStorage, Sealed, FileLock>;
    static Result<Store*> open() {
        auto storage = SqliteStorage::open(directory() + "/encrypted.db", {.durability = Durability::none});
        if (!storage) return storage.error();
        KeyRing keys = ring();
        if (keys.size() == 0) return Error(Errc::unavailable);
        return forever_<Store>(*storage, Sealed(std::move(keys), {.store = "exit"}));
    }
};
struct Leasing {
    static constexpr char const* name = "leased";
    using Store = StateStore<State, FileStorage<>, Migrating<Json, Step<Old, State, &from_old>>, LeaseLock<>>;
    static Result<Store*> open() {
        auto storage = FileStorage<>::open(directory() + "/leased");
        if (!storage) return storage.error();
        return forever_<Store>(*storage);
    }
};
struct Observing {
    static constexpr char const* name = "observed";
    using Store = StateStore<State, Watched, History<>, Json>;
    static Result<Store*> open() {
        auto storage = FileStorage<>::open(directory() + "/observed");
        if (!storage) return storage.error();
        return forever_<Store>(Watched(Observed(*storage, PrometheusMetrics("exit"))));
    }
};
struct Remembering {
    static constexpr char const* name = "memory";
    using Store = StateStore<State, MemoryStorage, Json>;
    static Result<Store*> open() { return forever_<Store>(); }
};
struct Opening {
    static constexpr char const* name = "opened";
    using Store = StateStore<State, Anywhere, Json>;
    static Result<Store*> open() {
        auto store = holdfast::open<State, Anywhere>("sqlite://" + directory() + "/opened.db?durability=none");
        if (!store) return store.error();
        return forever_<Store>(*std::move(store));
    }
};

template <class What>
Result<typename What::Store*> store_of() {
    static typename What::Store* kept = nullptr;
    if (kept == nullptr) {
        auto made = What::open();
        if (!made) return made;
        kept = *made;
    }
    return kept;
}

void say(std::string line) {
    line += '\n';
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) ::_exit(9);
}

template <class What>
std::string save_to(KeyView key) {
    auto const store = store_of<What>();
    if (!store) return std::string(name(store.error().code()));
    auto const change = [&](State& state) {
        ++state.n;
        state.text = long_text();
    };
    Result<void> done;
    if constexpr (std::is_same_v<What, Leasing>) {
        auto run = (*store)->lock(key, {.timeout = std::chrono::seconds(5)});
        if (!run) return std::string(name(run.error().code()));
        LeaseRenewer const renewer(run->guard());
        auto const updated = run->update(change);
        if (!updated) done = updated.error();
    } else {
        auto const updated = (*store)->update(key, change, {.timeout = std::chrono::seconds(5)});
        if (!updated) done = updated.error();
    }
    if (!done) return std::string(name(done.error().code()));
    auto const found = (*store)->get(key);
    if (!found && found.error() == Errc::unavailable) return "saved";  // a later process looks
    if (!found || !*found || (**found)->n != 1 || (**found)->text != long_text()) return "LOST";
    (void)(*store)->wait_for_change(key, *found, {.timeout = std::chrono::milliseconds(1)});
    return "saved";
}

void save(char const* point) {
    if (in_mode("read")) return;
    auto const parsed = Key::parse(point);
    KeyView const key = *parsed;
    auto const to = [&]<class What>(What) { say(std::string(point) + " " + What::name + " " + save_to<What>(key)); };
    to(Compressing());
    to(Encrypting());
    to(Leasing());
    to(Observing());
    to(Remembering());
    to(Opening());
}

bool used_early() { return in_mode("used") || in_mode("quick"); }

// Registered before any constructor of C++ runs, so it runs behind all destructors.
[[gnu::constructor(101)]] void begin() {
    (void)std::atexit([] { save("atexit_before_all"); });
}

struct Global {
    explicit Global(char const* of) : name(of) {
        if (used_early()) save("before_main");
    }
    ~Global() { save(name); }
    char const* name;
};
Global const global("global");

struct Local {
    explicit Local(char const* of) noexcept : name(of) {}
    ~Local() { save(name); }
    char const* name;
};
thread_local Local const local("thread_local_of_main");

pthread_key_t key_used_before, key_first_use;

/// Goes on while the process ends.
void update_for_ever() {
    int const note = ::open((directory() + "/acknowledged").c_str(), O_WRONLY | O_CREAT, 0600);
    auto const compressed = store_of<Compressing>();
    auto const sealed = store_of<Encrypting>();
    for (std::int64_t n = 1;; ++n) {
        auto const change = [&](State& state) {
            state.n = n;
            state.text = long_text().substr(0, 24);
        };
        if (!(*compressed)->update("detached", change)) return;
        (void)!::pwrite(note, &n, sizeof n, 0);
        if (sealed) (void)(*sealed)->update("detached", change);
    }
}

template <class What>
void read_of() {
    auto const store = store_of<What>();
    if (!store) return say(std::string("- ") + What::name + " " + store.error().describe());
    for (auto const& key : (*store)->keys()) {
        if (!key) return say(std::string("- ") + What::name + " " + key.error().describe());
        auto const found = (*store)->get(*key);
        std::string line = std::string(key->view()) + " " + What::name + " ";
        if (!found) line += found.error().describe();
        else if (*found) line += std::to_string((**found)->n) + ((**found)->text == long_text() ? " whole" : "");
        say(line);
    }
}

int run() {
    if (in_mode("read")) {
        read_of<Compressing>();
        read_of<Encrypting>();
        read_of<Leasing>();
        read_of<Observing>();
        read_of<Opening>();
        return 0;
    }
    if (!in_mode("thread")) (void)local.name;  // glibc forgets those of a main that ends as a thread
    (void)std::atexit([] { save("atexit_early"); });
    (void)std::at_quick_exit([] { save("quick_exit"); });
    if (in_mode("unused")) return 0;

    (void)pthread_key_create(&key_used_before, [](void*) { save("key_used_before"); });
    (void)pthread_key_create(&key_first_use, [](void*) { save("key_first_use"); });
    std::thread([] {
        thread_local Local const mine("thread_local_of_thread");
        (void)mine.name;
        (void)pthread_setspecific(key_used_before, &key_used_before);
        save("thread");
    }).join();
    std::thread([] { (void)pthread_setspecific(key_first_use, &key_first_use); }).join();
    save("main");
    if (in_mode("cleanup")) {
        OPENSSL_cleanup();
        save("after_cleanup");
    }
    std::thread(update_for_ever).detach();
    Environment::system().sleep(std::chrono::milliseconds(20));
    (void)std::atexit([] {
        std::thread([] { save("thread_at_exit"); }).join();
        save("atexit_late");
    });
    if (in_mode("quick")) std::quick_exit(0);
    if (in_mode("thread")) {
        std::thread([] {
            Environment::system().sleep(std::chrono::milliseconds(50));
            std::exit(0);
        }).detach();
        pthread_exit(nullptr);
    }
    return 0;
}

}  // namespace exit_test

int main() { return exit_test::run(); }
