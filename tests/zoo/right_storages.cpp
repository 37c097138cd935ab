// Storages that are right and unusual: what laws must bear.

#include <zoo/storages.hpp>

#include <holdfast/testing/laws/storage.hpp>

#include <catch2/catch_test_macros.hpp>

#include <algorithm>

namespace zoo {

namespace {

using Id = RecordId const&;
using Outcome = Result<WriteOutcome>;
using Kind = Precondition::Kind;

void passes(Breaking const& unusual) {
    Ark ark;
    unusual(ark);
    auto const found = holdfast::testing::check_storage(ark);
    CHECK(found.text() == "");
}

/// Before every call that changes something or reads.
Breaking before_calls(std::function<Result<void>(Context const&)> before) {
    return [before](Ark& ark) {
        ark.on_read = [before](Ark& right, Context const& ctx, Id id) -> Result<RecordPtr> {
            if (auto const ready = before(ctx); !ready) return ready.error();
            return right.right_read(id);
        };
        ark.on_write = [before](Ark& right, Context const& ctx, Id id, RecordPtr const& record, Precondition const& when) -> Outcome {
            if (auto const ready = before(ctx); !ready) return ready.error();
            return right.right_write(id, record, when);
        };
        ark.on_remove = [before](Ark& right, Context const& ctx, Id id, Precondition const& when) -> Outcome {
            if (auto const ready = before(ctx); !ready) return ready.error();
            return right.right_remove(id, when);
        };
        ark.on_write_all = [before](Ark& right, Context const& ctx, std::span<Write const> writes) -> Outcome {
            if (auto const ready = before(ctx); !ready) return ready.error();
            return right.change(writes, Ark::Call::batch);
        };
    };
}

}  // namespace

TEST_CASE("zoo: a storage behind a network", "[zoo]") {
    passes(before_calls([](Context const& ctx) { return ctx.wait(std::chrono::microseconds(500)); }));
}

TEST_CASE("zoo: a storage of small pages, in no order, some of which are empty", "[zoo]") {
    passes([](Ark& ark) {
        ark.on_list = [](Ark& right, ListRequest const& request) -> Result<ListPage> {
            ListRequest whole = request;
            whole.cursor = {};
            whole.limit = 1'000'000;
            std::vector<std::pair<std::string, Listed>> all;
            auto const page = *right.right_list(whole);
            for (Listed const& one : page.records) {
                std::string const name = one.key.str() + " " + to_string(one.version);
                all.emplace_back(std::to_string(std::hash<std::string>()(name)) + name, one);
            }
            std::sort(all.begin(), all.end(), [](auto const& a, auto const& b) { return a.first < b.first; });
            // A page is empty, the next has one record.
            bool const empty = !request.cursor.ends_with('.');
            std::string_view const last = request.cursor.substr(0, request.cursor.size() - (empty ? 0 : 1));
            ListPage answer;
            if (empty) answer.next = std::string(last) + ".";
            else
                for (auto const& [name, one] : all) {
                    if (name <= last) continue;
                    answer.records.push_back(one);
                    answer.next = name;
                    break;
                }
            return answer;
        };
    });
}

TEST_CASE("zoo: a storage whose revisions are texts of any length, and whose clock counts seconds", "[zoo]") {
    passes([](Ark& ark) {
        auto count = std::make_shared<std::atomic<unsigned>>(0);
        ark.store = [count](Id, Record& record, Record const*, Ark::Call) {
            unsigned const n = ++*count;
            std::string const token = "\"" + std::to_string(n) + "-";
            record.revision = *Revision::parse(token + std::string(n % (Revision::max_size - token.size()), 'e') + "\"");
        };
        ark.on_age = [](Ark& right, Id id) -> Result<std::optional<Duration>> {
            for (auto const& row : right.rows())
                if (row->id == id)
                    return std::optional<Duration>(std::chrono::floor<std::chrono::seconds>(Environment::system().monotonic() - row->written));
            return std::optional<Duration>();
        };
    });
}

TEST_CASE("zoo: a storage with limits of its own, that does nothing in a hurry", "[zoo]") {
    passes([](Ark& ark) {
        before_calls([](Context const& ctx) -> Result<void> {
            if (ctx.stopped()) return Error(Errc::cancelled);
            return ctx.immediate() ? Result<void>(Error(Errc::timed_out)) : Result<void>();
        })(ark);
        auto const write = ark.on_write;
        ark.on_write = [write](Ark& right, Context const& ctx, Id id, RecordPtr const& record, Precondition const& when) -> Outcome {
            std::size_t attributes = 0;
            for (auto const& [name, value] : record->attributes) attributes += name.size() + value.size();
            if (record->payload.size() > 65'536 || attributes > 16 * 1024) return Error(Errc::too_large, "64 KiB, and 16 KiB of attributes");
            if (id.key.view().size() > 255) return Error(Errc::too_large, "keys of 255 bytes");
            return write(right, ctx, id, record, when);
        };
    });
}

TEST_CASE("zoo: a storage that knows what it is given again", "[zoo]") {
    passes([](Ark& ark) {
        ark.on_write = [](Ark& right, Context const&, Id id, RecordPtr const& record, Precondition const& when) -> Outcome {
            auto done = right.right_write(id, record, when);
            if (holdfast::testing::law::is_applied(done)) return done;
            auto const now = *right.right_read(id);
            bool const mine = now && now->stamp.ids.newest() == record->stamp.ids.newest();
            return mine ? Outcome(WriteOutcome::applied(now->revision)) : done;
        };
    });
}

TEST_CASE("zoo: a storage that has no turns to give and often wakes for nothing", "[zoo]") {
    passes([](Ark& ark) {
        ark.on_turn = [](Ark&, Context const&, Id, bool) { return Result<Turn>(Turn()); };
        auto count = std::make_shared<std::atomic<unsigned>>(0);
        ark.on_wait = [count](Ark& right, Context const& ctx, Id id, Revision const& since) -> Result<bool> {
            for (;;) {
                auto const now = *right.right_read(id);
                if ((now ? now->revision : Revision()) != since || ++*count % 7 == 0) return true;
                auto const waited = ctx.wait(std::chrono::milliseconds(10));
                if (!waited && waited.error() == Errc::timed_out) return false;
                if (!waited) return waited.error();
            }
        };
        ark.on_age = [](Ark& right, Id id) -> Result<std::optional<Duration>> {
            for (auto const& row : right.rows())
                if (row->id == id) return std::optional<Duration>(Duration::zero());
            return std::optional<Duration>();
        };
    });
}

}  // namespace zoo
