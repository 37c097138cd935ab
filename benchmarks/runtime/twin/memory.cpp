#include "write_id.hpp"

#include <array>
#include <bit>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>

namespace {

std::array<std::string, 16> const keys = [] {
    std::array<std::string, 16> made;
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = "pipelines/orders-" + std::to_string(100 + i);
    return made;
}();

struct Id {
    std::uint64_t high = 0, low = 0;

    friend bool operator==(Id const&, Id const&) noexcept = default;
};

/// What the library promises about a record: who wrote it when, and which writes were the last eight.
struct Stamp {
    Id lineage, payload;
    std::array<Id, 8> ids;
    std::uint64_t sequence = 0, epoch = 0;
    std::int64_t when = 0;
    std::array<char, 48> who{};

    void advance() {
        Id const mine = std::bit_cast<Id>(twin::random_bits());
        std::memmove(ids.data() + 1, ids.data(), 7 * sizeof(Id));
        ids[0] = payload = mine;
        ++sequence;
        when = twin::microseconds();
        static thread_local auto const me = [] {
            std::array<char, 48> text{};
            twin::who().copy(text.data(), text.size() - 1);
            return text;
        }();
        who = me;
    }
};

/// And the least that compare-and-swap needs.
struct Counter {
    std::array<std::uint64_t, 1> ids{1};

    void advance() { ++ids[0]; }
};

template <class Mark>
struct Value {
    Mark mark;
    std::string bytes;
};
template <class Mark>
class Map {
public:
    using ValuePtr = std::shared_ptr<Value<Mark> const>;

    Map() {
        for (auto const& key : keys) values_[key] = std::make_shared<Value<Mark>>(Value<Mark>{{}, bench::make_value()});
    }

    ValuePtr get(std::string const& key) const {
        std::shared_lock const lock(mutex_);
        auto const at = values_.find(key);
        return at != values_.end() ? at->second : nullptr;
    }

    /// Swaps if the value is still `expected`. The old value is freed outside of the lock.
    bool replace(std::string const& key, Mark const& expected, ValuePtr value) {
        std::unique_lock const lock(mutex_);
        auto const at = values_.find(key);
        if (at == values_.end() || at->second->mark.ids[0] != expected.ids[0]) return false;
        at->second.swap(value);
        return true;
    }

private:
    mutable std::shared_mutex mutex_;
    std::unordered_map<std::string, ValuePtr> values_;
};

bench::Case const get("memory-get", [](bench::Run& run) {
    Map<Counter> map;
    run.measure([&, i = std::size_t{0}]() mutable {
        auto const value = map.get(keys[i++ % keys.size()]);
        bench::require(value != nullptr, "get");
        bench::look_at(value->bytes.front());
    });
});

template <class Mark>
void update(bench::Run& run) {
    Map<Mark> map;
    run.measure([&, i = std::size_t{0}]() mutable {
        auto const& key = keys[i++ % keys.size()];
        for (;;) {
            auto const current = map.get(key);
            auto next = std::make_shared<Value<Mark>>(*current);
            next->mark.advance();
            bench::count_up(next->bytes.data());
            if (map.replace(key, current->mark, std::move(next))) break;
        }
    });
}

bench::Case const stamped("memory-update", update<Stamp>);
bench::Case const counted("memory-update-counter", update<Counter>);

}  // namespace
