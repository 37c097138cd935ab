#ifndef HOLDFAST_TESTS_UNIT_STORAGE_FILE_FIXTURE_HPP
#define HOLDFAST_TESTS_UNIT_STORAGE_FILE_FIXTURE_HPP

#include <holdfast/storage/file.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace file_test {

using namespace holdfast;

/// An empty directory, removed at the end.
class Directory {
public:
    Directory() {
        char const* const base = std::getenv("TMPDIR");
        path_ = std::string(base != nullptr ? base : "/tmp") + "/holdfast-XXXXXX";
        if (mkdtemp(path_.data()) == nullptr) std::abort();
    }
    Directory(Directory const&) = delete;
    Directory& operator=(Directory const&) = delete;
    ~Directory() {
        std::string const command = "chmod -R u+rwx '" + path_ + "'; rm -rf '" + path_ + "'";
        if (std::system(command.c_str()) != 0) std::abort();
    }

    std::string const& path() const noexcept { return path_; }
    operator std::string const&() const noexcept { return path_; }

private:
    std::string path_;
};

inline Context context(Duration timeout = endless) { return Context(Environment::system(), timeout); }

/// A record as `settle` stamps it: a fresh id on the ring of what it replaces.
inline RecordPtr next(RecordPtr const& base, KeyView key, std::string_view payload, bool tombstone = false) {
    auto record = std::make_shared<Record>(Record{Key(key), Bytes::copy(payload), {}, {}, {}});
    if (base) record->stamp = base->stamp;
    record->stamp.ids.push(Environment::system().new_write_id());
    record->stamp.payload_id = record->stamp.ids.newest();
    if (!base) record->stamp.lineage = record->stamp.ids.newest();
    ++record->stamp.sequence;
    record->stamp.tombstone = tombstone;
    record->stamp.who = Environment::system().who();
    return record;
}

inline std::string contents(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}
inline void put(std::string const& path, std::string_view text) {
    std::ofstream(path, std::ios::binary).write(text.data(), static_cast<std::streamsize>(text.size()));
}

/// Replaces whatever is stored.
template <class S>
Result<WriteOutcome> set(S& storage, RecordId const& id, std::string_view payload) {
    auto const base = storage.read(context(), id);
    if (!base) return base.error();
    return storage.write(context(), id, next(*base, id.key, payload), Precondition::unchanged_since(*base));
}
template <class S>
std::string get(S& storage, RecordId const& id) {
    auto const record = storage.read(context(), id);
    if (!record) return "error: " + record.error().describe();
    return *record ? std::string((*record)->payload.view()) : "absent";
}
inline bool applied(Result<WriteOutcome> const& outcome) {
    return outcome && outcome->kind() == WriteOutcome::Kind::applied;
}
inline bool conflicts(Result<WriteOutcome> const& outcome) {
    return outcome && outcome->kind() == WriteOutcome::Kind::conflict;
}

/// How many files below a directory have a name that contains `part`.
inline int count_files(std::string const& path, std::string const& part) {
    std::string const command = "test $(find '" + path + "' -mindepth 1 -name '*" + part + "*' | wc -l) -eq ";
    for (int n = 0; n < 1000; ++n)
        if (std::system((command + std::to_string(n)).c_str()) == 0) return n;
    return -1;
}

}  // namespace file_test

#endif
