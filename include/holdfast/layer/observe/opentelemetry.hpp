#ifndef HOLDFAST_LAYER_OBSERVE_OPENTELEMETRY_HPP
#define HOLDFAST_LAYER_OBSERVE_OPENTELEMETRY_HPP

#include <holdfast/layer/observe/observer.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace holdfast {

/// Says about an operation what OpenTelemetry's conventions ask of the span of a database client
/// (https://opentelemetry.io/docs/specs/semconv/db/database-spans/, stable). It depends on no SDK; an observer that
/// makes spans with one is these lines:
///
///     struct Spans {
///         OpenTelemetryAttributes describe{.system = "sqlite"};
///         auto started(Operation const& o) { return tracer->StartSpan(describe.span_name(o), client_span); }
///         template <class Span> void ended(StorageEvent const& event, Span span) {
///             describe(event, [&](auto name, auto value) { span->SetAttribute(name, value); });
///             if (OpenTelemetryAttributes::failed(event)) span->SetStatus(StatusCode::kError);
///             span->End();
///         }
///     };
///
/// The span's kind is CLIENT. Values are `std::string_view` (valid during the call) or `std::int64_t`.
///
/// - `db.system.name`, `db.namespace`, `db.collection.name`: as given here; left out if empty, but for the system
/// - `db.operation.name`: `read`, `write`, `remove`, `list`, `write_all` or `wait`; `db.operation.batch.size`: of two
/// or more
/// - `error.type`: the name of the error's code; `db.response.status_code`: the backend's own code, if it is
///   known (what follows a comma, such as the id of a request, is left out)
/// - `db.response.returned_rows`: of reads and listings
/// - `holdfast.key` (if `keys`), `holdfast.slot`, `holdfast.outcome`, `holdfast.bytes_out`, `holdfast.bytes_in`
///
/// Thread safety: every member, from any thread. Cost: no allocation but the name's.
struct OpenTelemetryAttributes {
    /// One of the registry if it is there (`sqlite`, `postgresql`, …), else a name of one's own.
    std::string_view system = "holdfast";
    std::string_view name_space{};  ///< `db.namespace`: the database, bucket or directory
    std::string_view collection{};  ///< `db.collection.name`: the table, or the prefix under which the store lives
    bool keys = true;               ///< whether keys may be shown

    /// `{operation} {collection}`, or as much of it as there is: a name of low cardinality.
    std::string span_name(Operation const& operation) const {
        std::string text(name(operation.kind));
        std::string_view const target = !collection.empty() ? collection : !name_space.empty() ? name_space : system;
        return text.append(" ").append(target);
    }

    /// What is known when the operation begins: what a sampler may look at.
    template <class Yield>
    void operator()(Operation const& operation, Yield&& yield) const {
        yield(std::string_view("db.system.name"), system);
        if (!name_space.empty()) yield(std::string_view("db.namespace"), name_space);
        if (!collection.empty()) yield(std::string_view("db.collection.name"), collection);
        yield(std::string_view("db.operation.name"), name(operation.kind));
        if (operation.writes.size() > 1)
            yield(std::string_view("db.operation.batch.size"), static_cast<std::int64_t>(operation.writes.size()));
        if (operation.id != nullptr) {
            if (keys) yield(std::string_view("holdfast.key"), operation.id->key.view());
            yield(std::string_view("holdfast.slot"), name(operation.id->slot));
        }
    }

    /// All that is known at its end.
    template <class Yield>
    void operator()(StorageEvent const& event, Yield&& yield) const {
        (*this)(event.operation, yield);
        if (event.error != nullptr) {
            yield(std::string_view("error.type"), name(event.error->code()));
            std::string_view const backend = event.error->backend();
            std::string_view const status = backend.substr(0, backend.find(','));
            if (!status.empty()) yield(std::string_view("db.response.status_code"), status);
        }
        bool const reads =
            event.operation.kind == Operation::Kind::read || event.operation.kind == Operation::Kind::list;
        if (reads && event.error == nullptr)
            yield(std::string_view("db.response.returned_rows"), static_cast<std::int64_t>(event.records));
        yield(std::string_view("holdfast.outcome"), event.outcome_name());
        yield(std::string_view("holdfast.bytes_out"), static_cast<std::int64_t>(event.bytes_out));
        yield(std::string_view("holdfast.bytes_in"), static_cast<std::int64_t>(event.bytes_in));
    }

    /// Whether the span's status is Error. A conflict is an answer.
    static bool failed(StorageEvent const& event) noexcept { return event.error != nullptr; }
};

}  // namespace holdfast

#endif
