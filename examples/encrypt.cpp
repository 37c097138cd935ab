// A store that nobody reads without the key, compressed first; and the key is changed while it is in use.

#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/encrypted/rewrap.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/storage/file.hpp>

#include <iostream>
#include <map>

using namespace holdfast;

using Sealed = Encrypted<Aes256Gcm, KeyRing, Compressed<Zstd, Json>>;
using Store = StateStore<std::map<std::string, std::string>, FileStorage<>, Sealed>;

Store open(KeyRing const& keys) {
    return Store(FileStorage<>::open("sessions").value(), Sealed(keys, {.store = "sessions"}));
}

int main() {
    // A program has KeyRing::from_file("keys"), lines of id:key, the first active; openssl rand -hex 32 makes a key.
    KeyRing keys;
    keys.add("2025", SecretKey::generate()).value();
    open(keys).create("api", {{"token", "t0p-s3cret"}}).value();

    keys.add("2026", SecretKey::generate()).value();  // in the rings of all programs, and then
    keys.activate("2026").value();
    Store store = open(keys);
    auto const done = rewrap_all(store).value();
    std::cout << done.written << " of " << done.seen << " written under the new key\n";

    KeyRing stranger;
    stranger.add("2027", SecretKey::generate()).value();
    std::cout << open(stranger).get("api").error().describe() << '\n';
    return done.written == 1 && store.get("api").value().has_value() ? 0 : 1;
}
