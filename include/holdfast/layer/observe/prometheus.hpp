#ifndef HOLDFAST_LAYER_OBSERVE_PROMETHEUS_HPP
#define HOLDFAST_LAYER_OBSERVE_PROMETHEUS_HPP

#include <holdfast/core/handle.hpp>
#include <holdfast/layer/observe/observer.hpp>
#include <holdfast/layer/observe/prometheus_text.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace holdfast {

/// An observer that counts, and says what it counted in the text format of Prometheus (exposition format 0.0.4):
///
/// - `holdfast_storage_operations_total{operation, outcome}`: counter; outcomes are `ok`, `applied`, `conflict`,
///   `unknown`, and the codes of errors that occurred
/// - `holdfast_storage_operation_duration_seconds{operation}`: histogram, 10 µs to 10 s
/// - `holdfast_storage_written_bytes_total`, `holdfast_storage_read_bytes_total{operation}`: payload bytes
/// - `holdfast_store_notes_total{note}`: what went wrong above the storage, such as locks not released
///
/// No key is a label: there would be a time series for each. A `store` label tells several stores apart, whose text is
/// made together:
///
///     PrometheusMetrics orders("orders"), users("users");
///     reply.content_type(PrometheusMetrics::content_type).body(PrometheusMetrics::text({orders, users}));
///
/// Copies count together. Thread safety: every member, from any thread; `text` may show an operation that is being
/// counted in one family and not yet in another, but every histogram agrees with itself. Cost of an operation: four
/// atomic additions, no lock, no allocation.
class PrometheusMetrics {
public:
    static constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

    /// `store` is the value of the label of that name; without one there is no such label.
    explicit PrometheusMetrics(std::string_view store = {}) : counts_(std::make_shared<Counts>()) {
        counts_->store = store;
    }

    void ended(StorageEvent const& event) noexcept {
        PerOperation& counts = counts_->operations[static_cast<std::size_t>(event.operation.kind)];
        add(counts.outcomes[place_of(event)], 1);
        auto const nanoseconds = event.duration.count() < 0 ? 0 : static_cast<std::uint64_t>(event.duration.count());
        std::size_t bucket = 0;
        while (bucket < detail::duration_buckets.size() && nanoseconds > detail::duration_buckets[bucket].nanoseconds)
            ++bucket;
        add(counts.durations[bucket], 1);
        add(counts.duration_sum, nanoseconds);
        if (event.bytes_out != 0) add(counts.bytes_out, event.bytes_out);
        if (event.bytes_in != 0) add(counts.bytes_in, event.bytes_in);
    }
    void noted(StoreNote const&) noexcept { add(counts_->locks_not_released, 1); }

    /// What was counted, as the body of an answer to Prometheus.
    std::string text() const { return text({*this}); }

    /// That of several stores, which must differ in their label.
    static std::string text(std::initializer_list<PrometheusMetrics> all) {
        std::string out;
        detail::PrometheusText text(out);
        text.family("holdfast_storage_operations_total", "counter", "Operations of the storage.");
        for_each(all, [&](Counts const& counts, Kind kind, PerOperation const& of) {
            for (std::size_t i = 0; i < places; ++i)
                if (auto const n = of.outcomes[i].load(relaxed); n != 0 || expected(kind, i))
                    text.sample("", {{"store", counts.store}, {"operation", name(kind)}, {"outcome", word(i)}}, n);
        });
        text.family("holdfast_storage_operation_duration_seconds", "histogram", "Time that an operation took.");
        for_each(all, [&](Counts const& counts, Kind kind, PerOperation const& of) {
            std::uint64_t so_far = 0;
            for (std::size_t i = 0; i < buckets; ++i) {
                so_far += of.durations[i].load(relaxed);
                std::string_view const bound =
                    i < detail::duration_buckets.size() ? detail::duration_buckets[i].seconds : "+Inf";
                text.sample("_bucket", {{"store", counts.store}, {"operation", name(kind)}, {"le", bound}}, so_far);
            }
            text.sample_seconds("_sum", {{"store", counts.store}, {"operation", name(kind)}},
                                of.duration_sum.load(relaxed));
            text.sample("_count", {{"store", counts.store}, {"operation", name(kind)}}, so_far);
        });
        text.family("holdfast_storage_written_bytes_total", "counter", "Bytes of payloads sent to the storage.");
        for_each(all, [&](Counts const& counts, Kind kind, PerOperation const& of) {
            if (kind == Kind::write || kind == Kind::write_all)
                text.sample("", {{"store", counts.store}, {"operation", name(kind)}}, of.bytes_out.load(relaxed));
        });
        text.family("holdfast_storage_read_bytes_total", "counter", "Bytes of payloads got from the storage.");
        for_each(all, [&](Counts const& counts, Kind kind, PerOperation const& of) {
            if (kind == Kind::read)
                text.sample("", {{"store", counts.store}, {"operation", name(kind)}}, of.bytes_in.load(relaxed));
        });
        text.family("holdfast_store_notes_total", "counter", "What went wrong without failing an operation.");
        for (auto const& each : all)
            text.sample("", {{"store", each.counts_->store}, {"note", name(StoreNote::Kind::lock_not_released)}},
                        each.counts_->locks_not_released.load(relaxed));
        return out;
    }

private:
    using Kind = Operation::Kind;
    using Count = std::atomic<std::uint64_t>;
    static constexpr auto relaxed = std::memory_order_relaxed;
    static constexpr std::size_t kinds = static_cast<std::size_t>(Kind::wait) + 1;
    static constexpr std::size_t values = static_cast<std::size_t>(StorageEvent::Outcome::failed);
    static constexpr std::size_t places = values + static_cast<std::size_t>(Errc::store_violates_conditions) + 1;
    static constexpr std::size_t buckets = detail::duration_buckets.size() + 1;

    /// Apart from the others, so that readers and writers do not wait for each other's cache line.
    struct alignas(64) PerOperation {
        std::array<Count, places> outcomes{};
        std::array<Count, buckets> durations{};
        Count duration_sum{0}, bytes_out{0}, bytes_in{0};
    };
    struct Counts {
        std::string store;
        std::array<PerOperation, kinds> operations{};
        Count locks_not_released{0};
    };

    static void add(Count& count, std::uint64_t more) noexcept { count.fetch_add(more, relaxed); }

    static std::size_t place_of(StorageEvent const& event) noexcept {
        if (event.outcome != StorageEvent::Outcome::failed) return static_cast<std::size_t>(event.outcome);
        std::size_t const place = values + static_cast<std::size_t>(event.error->code());
        return place < places ? place : values;  // `values` itself is no code: "error"
    }
    static std::string_view word(std::size_t place) noexcept {
        constexpr std::string_view words[values] = {"ok", "applied", "conflict", "unknown"};
        return place < values ? words[place] : name(static_cast<Errc>(place - values));
    }
    /// Shown before it happens, so that its first increase is one.
    static bool expected(Kind kind, std::size_t place) noexcept {
        bool const writes = Operation{.kind = kind}.writes_something();
        return place < values && writes == (place != 0);
    }

    template <class Body>
    static void for_each(std::initializer_list<PrometheusMetrics> all, Body&& body) {
        for (auto const& each : all)
            for (std::size_t i = 0; i < kinds; ++i)
                body(*each.counts_, static_cast<Kind>(i), each.counts_->operations[i]);
    }

    detail::Handle<Counts> counts_;
};

}  // namespace holdfast

#endif
