// A header of a program that names stores, and includes nothing but the names. It stands first in its file, which is
// compiled by itself.

#include <holdfast/fwd.hpp>

#if defined(__GLIBCXX__) || defined(_LIBCPP_VERSION)
#error "fwd.hpp includes something"
#endif

namespace fwd_test {

struct Progress;
struct ProgressText;  // how it is coded

using Plain = holdfast::BasicStateStore<Progress>;
using Sync = holdfast::BasicStateStore<Progress, holdfast::FileStorage<>, holdfast::FileLock, holdfast::CompareAndSwap,
                                       ProgressText>;
using Layered = holdfast::BasicStateStore<
    Progress,
    holdfast::Cached<
        holdfast::Retrying<holdfast::Observed<holdfast::Traced<holdfast::MemoryStorage>, holdfast::Observers<>>>>,
    holdfast::LeaseLock<>, holdfast::History<holdfast::KeepIfAny<holdfast::KeepLast<10>, holdfast::KeepFor<60>>>,
    ProgressText>;
// Of other components, which this program does not have.
using Sealed = holdfast::BasicStateStore<
    Progress, holdfast::OneOf<holdfast::SqliteStorage, holdfast::FileStorage<>>, holdfast::LeaseLock<holdfast::OwnSlot>,
    holdfast::History<>,
    holdfast::Encrypted<holdfast::Aes256Gcm, holdfast::KeyRing,
                        holdfast::Compressed<holdfast::Zstd, holdfast::Migrating<holdfast::Json>>>>;

class Application {
public:
    explicit Application(Sync& sync, Layered* layered = nullptr) : sync_(&sync), layered_(layered) {}

    holdfast::Outcome<holdfast::Entry<Progress>> begin(holdfast::KeyView key);
    holdfast::Result<bool> is_begun(holdfast::KeyView key, holdfast::CallOptions const& options) const;
    bool has_layers() const { return layered_ != nullptr; }

private:
    Sync* sync_;
    Layered* layered_;
};
void report(Plain const&, Sealed*);

}  // namespace fwd_test

// ---- what another file of that program has ----

#include <holdfast/holdfast.hpp>
#include <holdfast/layer/cached.hpp>
#include <holdfast/layer/observe/observers.hpp>
#include <holdfast/layer/observed.hpp>
#include <holdfast/layer/retrying.hpp>
#include <holdfast/layer/traced.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/versioning/history.hpp>

#include <unit/storage/file_fixture.hpp>

#include <catch2/catch_test_macros.hpp>

#include <concepts>
#include <string>

namespace fwd_test {

using namespace holdfast;

struct Progress {
    std::string text;
};

struct ProgressText {
    static constexpr Family family = Family::serialization;

    Result<void> encode(CodingContext const&, Progress const& progress, Buffer& out) const {
        out.append(progress.text);
        return {};
    }
    template <std::same_as<Progress> State>
    Result<State> decode(CodingContext const&, RecordPtr const& record) const {
        return Progress{std::string(record->payload.view())};
    }
};

static_assert(std::same_as<Sync, StateStore<Progress, FileLock, ProgressText, FileStorage<>>>);
static_assert(
    std::same_as<Layered,
                 StateStore<Progress, ProgressText, LeaseLock<Embedded>, History<KeepIfAny<KeepLast<10>, KeepFor<60>>>,
                            Cached<Retrying<Observed<Traced<MemoryStorage, TraceSink>, Observers<>>>>>>);
static_assert(std::same_as<FileStorage<>, FileStorage<SlotFirst, Durability::full>>);

Outcome<Entry<Progress>> Application::begin(KeyView key) { return sync_->create(key, Progress{"0"}); }
Result<bool> Application::is_begun(KeyView key, CallOptions const& options) const {
    auto const entry = sync_->get(key, options);
    if (!entry) return entry.error();
    return entry->has_value();
}

TEST_CASE("a program that includes only the names of holdfast names the stores that another of its files uses") {
    file_test::Directory const directory;
    Sync store(FileStorage<>::open(directory.path() + "/states").value());
    Application application(store);
    CHECK_FALSE(application.has_layers());
    CHECK_FALSE(application.is_begun("k", {}).value());
    CHECK(application.begin("k"));
    CHECK(application.is_begun("k", {}).value());
}

}  // namespace fwd_test
