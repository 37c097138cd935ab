#ifndef HOLDFAST_OBJECT_MEMORY_OBJECTS_HPP
#define HOLDFAST_OBJECT_MEMORY_OBJECTS_HPP

#include <holdfast/core/environment.hpp>
#include <holdfast/core/handle.hpp>
#include <holdfast/object/bulk_objects.hpp>
#include <holdfast/object/content_revision.hpp>
#include <holdfast/object/name_page.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace holdfast {

/// How an object store makes its revisions.
enum class RevisionKind : unsigned char {
    counter,  ///< a number that goes up: the same body, put again, has another
    content,  ///< a digest: the same body has the same again
};

/// Named bytes in this process, for as long as it lives: for tests, and to learn by.
///
/// A handle: copies share the objects. Cost: one lock for all, and a search among sorted names; a body is copied when it
/// is put, and shared when it is read. Thread safety: every member, from any thread.
class MemoryObjects {
public:
    static constexpr bool conditional_put = true;
    static constexpr bool conditional_remove = true;
    static constexpr bool late_writes = false;

    explicit MemoryObjects(RevisionKind revisions = RevisionKind::counter,
                           Environment& clock = Environment::system())
        : shared_(std::make_shared<Shared>(revisions, clock)) {}

    Result<Fetched> get(Context const&, ObjectRead const& read) const {
        std::lock_guard const lock(shared_->mutex);
        return find(read);
    }

    Result<WriteOutcome> put(Context const&, std::string_view name, BodyParts body, Precondition const& when) {
        if (auto fine = detail::check_object_name(name); !fine) return std::move(fine).error();
        std::size_t size = 0;
        for (std::string_view const part : body) size += part.size();
        Buffer all(size);
        for (std::string_view const part : body) all.append(part);
        Bytes bytes(std::move(all));
        bool const counts = shared_->revisions == RevisionKind::counter;
        auto made = std::make_shared<Object>(
            Object{counts ? Revision() : detail::content_revision(body), std::move(bytes), {}});
        std::lock_guard const lock(shared_->mutex);
        auto const at = shared_->objects.find(name);
        bool const present = at != shared_->objects.end();
        if (!when.holds(present ? at->second.get() : nullptr)) return WriteOutcome::conflict();
        if (counts) made->revision = Revision(WriteId{0, ++shared_->puts});
        made->put = shared_->clock.monotonic();
        Revision const revision = made->revision;
        if (present) at->second = std::move(made);
        else shared_->objects.emplace(std::string(name), std::move(made));
        return WriteOutcome::applied(revision);
    }

    Result<WriteOutcome> remove(Context const&, std::string_view name, Precondition const& when) {
        std::lock_guard const lock(shared_->mutex);
        return erase(name, when);
    }

    Result<ObjectPage> list(Context const&, ObjectQuery const& query) const {
        std::lock_guard const lock(shared_->mutex);
        return detail::name_page(shared_->objects, query,
                                 [](std::shared_ptr<Object> const& object) { return object->body.size(); });
    }

    std::vector<Result<Fetched>> get_many(Context const&, std::span<ObjectRead const> reads) const {
        std::vector<Result<Fetched>> all;
        all.reserve(reads.size());
        std::lock_guard const lock(shared_->mutex);
        for (ObjectRead const& read : reads) all.push_back(find(read));
        return all;
    }
    std::vector<Result<WriteOutcome>> remove_many(Context const&, std::span<ObjectRemoval const> removals) {
        std::vector<Result<WriteOutcome>> all;
        all.reserve(removals.size());
        std::lock_guard const lock(shared_->mutex);
        for (ObjectRemoval const& one : removals) all.push_back(erase(one.name, one.when));
        return all;
    }
    std::size_t at_once() const noexcept { return 1000; }

private:
    struct Object {
        Revision revision;
        Bytes body;
        Instant put;
    };
    struct ByName {  // std::less<> wants <functional>, which costs more lines than all of this
        using is_transparent = void;
        bool operator()(std::string_view a, std::string_view b) const noexcept { return a < b; }
    };
    struct Shared {
        Shared(RevisionKind r, Environment& c) noexcept : revisions(r), clock(c) {}

        RevisionKind const revisions;
        Environment& clock;
        mutable std::mutex mutex;
        std::map<std::string, std::shared_ptr<Object>, ByName> objects;
        std::uint64_t puts = 0;
    };

    Result<Fetched> find(ObjectRead const& read) const {
        auto const at = shared_->objects.find(read.name);
        if (at == shared_->objects.end()) return Fetched{};
        Object const& object = *at->second;
        Fetched found{Fetched::Kind::found, object.revision, {}, object.body.size(),
                      shared_->clock.monotonic() - object.put};
        if (!read.known.empty() && object.revision == read.known) {
            found.kind = Fetched::Kind::unchanged;
        } else if (read.first < object.body.size()) {
            found.body = Bytes::copy(object.body.view().substr(0, static_cast<std::size_t>(read.first)));
        } else if (object.body.size() > read.most) {
            return detail::body_too_large(read, object.body.size());
        } else {
            found.body = object.body;
        }
        return found;
    }

    WriteOutcome erase(std::string_view name, Precondition const& when) {
        auto const at = shared_->objects.find(name);
        bool const present = at != shared_->objects.end();
        if (!when.holds(present ? at->second.get() : nullptr)) return WriteOutcome::conflict();
        if (present) shared_->objects.erase(at);
        return WriteOutcome::applied(Revision());
    }

    detail::Handle<Shared> shared_;
};

}  // namespace holdfast

#endif
