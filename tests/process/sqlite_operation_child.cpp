// One operation on a SQLite database, to be killed or to meet errors on the way.
//
//   sqlite_operation_child PATH create|update|remove|batch    prints what is known of it: applied, conflict, unknown,
//                                                             error
//   sqlite_operation_child PATH count                         reads, an update and a removal of nothing, warm, between
//                                                             lines "<name" and ">"

#include <holdfast/storage/sqlite.hpp>

#include <cstring>
#include <string>
#include <vector>

#include <unistd.h>

// Leaks cannot be looked for in a process that is traced.
extern "C" char const* __asan_default_options();
extern "C" char const* __asan_default_options() { return "detect_leaks=0"; }

namespace {

using namespace holdfast;

void say(std::string const& text) {
    if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) ::_exit(2);
}

RecordPtr make(KeyView key, std::string_view payload, RecordPtr const& base) {
    Environment& env = Environment::system();
    Stamp stamp = base ? base->stamp : Stamp();
    WriteId const id = env.new_write_id();
    stamp.ids.push(id);
    if (!base) stamp.lineage = id;
    stamp.payload_id = id;
    ++stamp.sequence;
    return std::make_shared<Record const>(Record{Key(key), Bytes::copy(payload), stamp, {}, Revision(id)});
}

char const* told(Result<WriteOutcome> const& done) {
    if (!done) return "error\n";
    switch (done->kind()) {
        case WriteOutcome::Kind::applied: return "applied\n";
        case WriteOutcome::Kind::conflict: return "conflict\n";
        default: return "unknown\n";
    }
}

int count(SqliteStorage& storage, Context const& ctx) {
    RecordPtr base;  // once the ring of write ids is full, a record of the same payload has the same size
    for (int round = 0; round < 10; ++round) {
        if (round == 9) say("<read\n");
        auto const found = storage.read(ctx, RecordId("k"));
        if (round == 9) say(">\n");
        if (!found) return 1;
        base = *found;
        if (round == 9) say("<again\n");
        auto const again = storage.read(ctx, RecordId("k"));
        if (round == 9) say(">\n");
        if (!again) return 1;
        auto const next = make("k", std::string(4096, static_cast<char>('a' + round)), base);
        if (round == 9) say("<update\n");
        auto const done = storage.write(ctx, RecordId("k"), next, Precondition::unchanged_since(base));
        if (round == 9) say(">\n");
        if (!done || done->kind() != WriteOutcome::Kind::applied) return 1;
        if (round == 9) say("<nothing\n");
        auto const gone = storage.remove(ctx, RecordId("nothing"), Precondition::absent());
        if (round == 9) say(">\n");
        if (!gone || gone->kind() != WriteOutcome::Kind::applied) return 1;
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    std::string const operation = argv[2];
    auto opened = SqliteStorage::open(argv[1]);
    if (!opened) {
        say("error\n");
        return 0;
    }
    SqliteStorage storage = *std::move(opened);
    Context const ctx(Environment::system(), std::chrono::seconds(20));
    if (operation == "count") return count(storage, ctx);
    auto const found = storage.read(ctx, RecordId("k"));
    if (!found) {
        say("error\n");
        return 0;
    }
    RecordPtr const base = *found;
    auto const created = make("new", "created", nullptr);
    auto const updated = make("k", std::string(9000, 'u'), base);
    auto const unchanged = Precondition::unchanged_since(base);
    if (operation == "create") say(told(storage.write(ctx, RecordId("new"), created, Precondition::absent())));
    if (operation == "update") say(told(storage.write(ctx, RecordId("k"), updated, unchanged)));
    if (operation == "remove") say(told(storage.remove(ctx, RecordId("k"), unchanged)));
    if (operation == "batch") {
        std::vector<Write> const writes{{RecordId("new"), created, Precondition::absent()},
                                        {RecordId("k"), updated, unchanged}};
        say(told(storage.write_all(ctx, writes)));
    }
    return 0;
}
