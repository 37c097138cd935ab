#ifndef HOLDFAST_STORAGE_OBJECT_HPP
#define HOLDFAST_STORAGE_OBJECT_HPP

#include <holdfast/concepts/bulk.hpp>
#include <holdfast/core/handle.hpp>
#include <holdfast/format/frame.hpp>
#include <holdfast/format/tombstone_size.hpp>
#include <holdfast/fwd.hpp>
#include <holdfast/object/bulk_objects.hpp>
#include <holdfast/object/explain_objects.hpp>
#include <holdfast/object/object_prefix.hpp>
#include <holdfast/storage/object/object_mark.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast {

/// Keeps records in an object store, below a prefix: one object each, named by the layout. The same names and bytes as in
/// a `FileStorage`, so that a tree can be copied from a directory into a bucket and back with any tool.
///
/// What it can do is what the object store can: it is conditional if puts are, its late writes are theirs. Revisions are
/// those of the store. Objects below the prefix whose names are not of the layout are left alone.
///
/// `holdfast.json` says which layout that is (see `FileStorage`). It is looked for with the first listing through an
/// object, and looked for, and made if it is not there, before the first record that is put without a condition on what
/// is there.
///
/// Cost in requests: read 1, also of what did not change; write 1, and 1 once for the mark (2 where there is none yet);
/// remove 1; a page of a listing 1 for 1,000 records of one slot, and where keys are asked for 1 for each whose name is
/// cut.
///
/// A handle: copies share the store. Thread safety: every member may be called from any thread at any time.
template <class Objects, class Layout>
class ObjectStorage : detail::Explained<detail::explain_objects<Objects>(), detail::explain_layout<Layout>()> {
public:
    static constexpr Family family = Family::storage;
    static constexpr bool conditional = Objects::conditional_put;
    static constexpr bool attributed = Layout::framed;
    static constexpr bool late_writes = Objects::late_writes;
    static constexpr bool conditional_remove = Objects::conditional_remove;

    /// `prefix`: without a slash at either end; empty: the whole store. Errors: `invalid_argument` (a prefix that not
    /// every store can have, see `check_object_prefix`, or that leaves no room for names). Cost: no request.
    static Result<ObjectStorage> open(Objects objects, std::string prefix = {}) {
        if (!prefix.empty()) {
            auto fine = detail::check_object_prefix(prefix);
            if (fine && prefix.size() > most_prefix) fine = too_long(prefix);
            if (!fine) return std::move(fine).error().during("open");
            prefix.push_back('/');
        }
        return ObjectStorage(std::make_shared<Shared>(std::move(objects), std::move(prefix)));
    }

    Objects& objects() const noexcept { return shared_->objects; }
    bool removes_conditionally() const { return detail::removes_conditionally(std::as_const(objects())); }

    Result<RecordPtr> read(Context const& ctx, RecordId const& id) { return reread(ctx, id, nullptr); }

    Result<RecordPtr> reread(Context const& ctx, RecordId const& id, RecordPtr const& known) {
        auto const name = name_of(id);
        if (!name) return placed(name.error(), "read", id);
        auto got = objects().get(ctx, {.name = *name, .known = known ? known->revision : Revision()});
        auto record = got ? record_of(id, *std::move(got), known) : Result<RecordPtr>(std::move(got).error());
        if (record) return record;
        return placed(std::move(record).error(), "read", id);
    }

    Result<Aged> read_aged(Context const& ctx, RecordId const& id) {
        auto const name = name_of(id);
        if (!name) return placed(name.error(), "read", id);
        auto got = objects().get(ctx, {.name = *name});
        if (!got) return placed(std::move(got).error(), "read", id);
        if (got->kind == Fetched::Kind::absent) return Aged{};
        // What nothing reaches late needs no age, and the clock of a machine may have been set.
        std::optional<Duration> const age = late_writes ? std::optional<Duration>(got->age) : std::nullopt;
        auto record = record_of(id, *std::move(got), nullptr);
        if (!record) return placed(std::move(record).error(), "read", id);
        return Aged{*std::move(record), age};
    }

    Result<WriteOutcome> write(Context const& ctx, RecordId const& id, RecordPtr const& record,
                               Precondition const& when) {
        auto done = put(ctx, id, *record, when);
        if (done) return done;
        return placed(std::move(done).error(), "write", id);
    }

    Result<WriteOutcome> remove(Context const& ctx, RecordId const& id, Precondition const& when) {
        auto const name = name_of(id);
        auto done = name ? take_away(ctx, *name, when) : Result<WriteOutcome>(name.error());
        if (done) return done;
        return placed(std::move(done).error(), "remove", id);
    }

    Result<ListPage> list(Context const& ctx, ListRequest const& request) {
        if (auto marked = shared_->mark.look(ctx, objects()); !marked) return std::move(marked).error().during("list");
        ListPage page;
        std::string const below = shared_->prefix + Layout::prefix(request);
        std::string cursor(request.cursor);
        for (unsigned pages = 0; pages < most_pages_of_others; ++pages) {
            auto found = objects().list(ctx, {.prefix = below, .cursor = cursor, .limit = request.limit});
            if (!found) return std::move(found).error().during("list");
            page.unreadable = std::move(found->unreadable);
            for (ObjectEntry const& entry : found->objects)
                if (auto added = add(ctx, request, entry, page); !added) return std::move(added).error().during("list");
            page.next = std::move(found->next);
            if (!page.records.empty() || !page.unreadable.empty() || page.next.empty()) break;
            cursor = page.next;
        }
        return page;
    }

    std::vector<Result<RecordPtr>> read_many(Context const& ctx, std::span<KnownRecord const> reads)
        requires BulkObjectStore<Objects>
    {
        return many<RecordPtr, ObjectRead>(
            reads, "read", [](KnownRecord const&) { return Result<void>(); },
            [](KnownRecord const& one, std::string const& name) {
                return ObjectRead{.name = name, .known = one.known ? one.known->revision : Revision()};
            },
            [&](std::span<ObjectRead const> asked) { return objects().get_many(ctx, asked); },
            [&](KnownRecord const& one, Fetched got) { return record_of(one.id, std::move(got), one.known); });
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const& ctx, std::span<Removal const> removals)
        requires BulkObjectStore<Objects>
    {
        return many<WriteOutcome, ObjectRemoval>(
            removals, "remove",
            [&](Removal const& one) { return is_blind(one.when) ? Result<void>(detail::blind_removal()) : Result<void>(); },
            [](Removal const& one, std::string const& name) { return ObjectRemoval{name, one.when}; },
            [&](std::span<ObjectRemoval const> asked) { return objects().remove_many(ctx, asked); },
            [](Removal const&, WriteOutcome done) { return Result<WriteOutcome>(std::move(done)); });
    }
    std::size_t at_once() const
        requires BulkObjectStore<Objects>
    {
        return objects().at_once();
    }

    auto lock_directory() const
        requires requires(Objects const& o) { { o.lock_directory() } -> std::same_as<Result<LockDirectory>>; }
    {
        return objects().lock_directory();
    }

private:
    static constexpr std::size_t most_prefix = 1024 - 254;
    static constexpr unsigned most_pages_of_others = 64;  ///< which hold nothing of ours, before the caller is asked

    struct Shared {
        Shared(Objects o, std::string p) : objects(std::move(o)), prefix(std::move(p)), mark(prefix) {}

        Objects objects;
        std::string const prefix;
        detail::ObjectMark<Layout> mark;
    };

    explicit ObjectStorage(std::shared_ptr<Shared> shared) noexcept : shared_(std::move(shared)) {}

    static Result<void> too_long(std::string const& prefix) {
        return Error(Errc::invalid_argument, "the prefix has more than " + std::to_string(most_prefix) +
                                                 " bytes, which leaves no room for the longest names: use a shorter one")
            .on(prefix.substr(0, 200));
    }

    bool is_blind(Precondition const& when) const {
        return when.kind() == Precondition::Kind::matches && !removes_conditionally();
    }

    Result<std::string> name_of(RecordId const& id) const {
        if (id.key.view().empty())
            return Error(Errc::invalid_argument, "the key is empty: was it moved from? Name a key of 1 to 1024 bytes");
        Result<std::string> name = Layout::name(id);
        if (!name) return name;
        return shared_->prefix + *name;
    }
    static Error placed(Error error, std::string_view operation, RecordId const& id) {
        return std::move(error).during(operation).on(to_string(id));
    }

    Result<WriteOutcome> take_away(Context const& ctx, std::string const& name, Precondition const& when) {
        if (is_blind(when)) return detail::blind_removal();
        return objects().remove(ctx, name, when);
    }

    /// Asks for all that may be asked for and whose names can be told, and puts what comes where it belongs.
    template <class One, class Asked, class Request, class May, class Make, class Ask, class Take>
    std::vector<Result<One>> many(std::span<Request const> requests, std::string_view operation, May&& may, Make&& make,
                                  Ask&& ask, Take&& take) {
        std::vector<Result<std::string>> names;
        std::vector<Asked> asked;
        std::vector<Result<One>> all;
        names.reserve(requests.size());  // what is asked for refers to them
        asked.reserve(requests.size());
        all.reserve(requests.size());
        for (Request const& one : requests) {
            auto const fine = may(one);
            names.push_back(fine ? name_of(one.id) : Result<std::string>(fine.error()));
        }
        for (std::size_t i = 0; i < requests.size(); ++i)
            if (names[i]) asked.push_back(make(requests[i], *names[i]));
        auto came = detail::one_for_each(ask(std::span<Asked const>(asked)), asked.size());
        for (std::size_t i = 0, at = 0; i < requests.size(); ++i) {
            auto one = [&]() -> Result<One> {
                if (!names[i]) return names[i].error();
                auto& got = came[at++];
                return got ? take(requests[i], *std::move(got)) : Result<One>(std::move(got).error());
            }();
            all.push_back(one ? std::move(one) : Result<One>(placed(std::move(one).error(), operation, requests[i].id)));
        }
        return all;
    }

    Result<WriteOutcome> put(Context const& ctx, RecordId const& id, Record const& record, Precondition const& when) {
        auto const name = name_of(id);
        if (!name) return name.error();
        if (record.key.view() != id.key.view())
            return Error(Errc::invalid_argument, "the record is of another key than the id");
        if constexpr (!Layout::framed) {
            if (record.stamp.tombstone) return take_away(ctx, *name, when);
            if (record.payload.size() > max_payload_size) return detail::fits(record).error();
            std::string_view const payload = record.payload.view();
            return objects().put(ctx, *name, {&payload, 1}, when);
        } else {
            if (!record.stamp.ids.newest())
                return Error(Errc::invalid_argument, "a record needs the id of its write: stamp it");
            auto const header = encode_frame_header(record);
            if (!header) return header.error();
            if (when.kind() != Precondition::Kind::matches)
                if (auto marked = shared_->mark.make(ctx, objects()); !marked) return std::move(marked).error();
            return objects().put(ctx, *name, std::array{header->view(), record.payload.view()}, when);
        }
    }

    Result<RecordPtr> record_of(RecordId const& id, Fetched got, RecordPtr const& known) const {
        if (got.kind == Fetched::Kind::absent) return RecordPtr();
        if (got.kind == Fetched::Kind::unchanged) return known;
        if constexpr (Layout::framed) {
            auto read = detail::FrameReader::shared_record(got.body);
            if (!read) return std::move(read).error();
            std::shared_ptr<Record> record = *std::move(read);
            if (record->key.view() != id.key.view())
                return Error(Errc::malformed, "the object holds a record of the key \"" + record->key.str() +
                                                  "\": it was copied by hand, or two long keys have one hash; rename the "
                                                  "key, or put the object back");
            record->revision = got.revision;
            return RecordPtr(std::move(record));
        } else {
            return std::make_shared<Record const>(Record{Key(id.key), std::move(got.body), {}, {}, got.revision});
        }
    }

    /// Adds what an object is, if it is a record that is asked for.
    Result<void> add(Context const& ctx, ListRequest const& request, ObjectEntry const& entry, ListPage& page) {
        auto name = Layout::parse(std::string_view(entry.name).substr(shared_->prefix.size()));
        if (!name || name->slot != request.slot) return {};
        if (Layout::framed && request.slot == Slot::current && detail::is_tombstone_size(entry.size)) return {};
        if (!name->key && request.whole_key)  // of no other key are the names that were asked for
            if (auto key = Key::parse(std::string(request.prefix)); key) name->key = *std::move(key);
        if (!name->key) {
            auto told = tell(ctx, entry.name, request.slot);
            if (!told && !is_of_one(told.error())) return std::move(told).error();
            if (!told) return page.unreadable.push_back(std::move(told).error().during("list").on(entry.name)), Result<void>();
            if (!*told) return {};
            name->key = *std::move(*told);
        }
        bool const wanted = request.whole_key ? name->key->view() == request.prefix
                                              : name->key->view().starts_with(request.prefix);
        if (wanted) page.records.push_back({*std::move(name->key), name->version});
        return {};
    }

    /// The key of a name that holds only a hash, as the record says; no value if it was removed meanwhile.
    Result<std::optional<Key>> tell(Context const& ctx, std::string const& name, Slot slot) {
        auto const got = objects().get(ctx, {.name = name, .first = 3 * 1024});  // a key of 1024 bytes and its escapes fit
        if (!got) return got.error();
        if (got->kind == Fetched::Kind::absent) return std::optional<Key>();
        auto head = detail::FrameReader::head(got->body.view());
        auto key = head ? Key::parse(std::move(head->key)) : Result<Key>(Error(Errc::malformed));
        if (!key || !name.starts_with(shared_->prefix + Layout::prefix({.slot = slot, .prefix = key->view(), .whole_key = true})))
            return Error(Errc::malformed, "the object should tell its key and does not: restore it from a copy, or remove it");
        return std::optional<Key>(*std::move(key));
    }
    /// Of one object, which hides no other.
    static bool is_of_one(Error const& error) noexcept {
        return error == Errc::malformed || error == Errc::permission_denied || error == Errc::too_large ||
               error == Errc::invalid_argument || error == Errc::not_found;
    }

    detail::Handle<Shared> shared_;
};

}  // namespace holdfast

#endif
