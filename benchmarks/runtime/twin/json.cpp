#include "../harness.hpp"
#include "../state.hpp"

#include <bit>
#include <charconv>
#include <cstring>

#include <emmintrin.h>
#include <simdjson.h>

// The reader names the members in the order in which they were written, by simdjson on demand; the writer knows the
// literal text between the values, and escapes 16 bytes at a time. The reader is told the bytes behind the end, as the
// library is. It does not look for unknown or doubled members.

namespace {

using bench::State;
using bench::Table;

void take(simdjson::ondemand::value value, std::string& out) { out = std::string_view(value.get_string()); }

void read(simdjson::ondemand::parser& parser, std::string const& text, std::size_t size, State& state) {
    simdjson::ondemand::document document = parser.iterate(text.data(), size, text.size());
    simdjson::ondemand::object object = document.get_object();
    take(object.find_field("pipeline"), state.pipeline);
    take(object.find_field("run_id"), state.run_id);
    state.runs = object.find_field("runs").get_int64();
    state.budget = object.find_field("budget").get_double();
    for (simdjson::ondemand::value partition : object.find_field("partitions").get_array())
        take(partition, state.partitions.emplace_back());
    for (simdjson::ondemand::object each : object.find_field("tables").get_array()) {
        Table& table = state.tables.emplace_back();
        take(each.find_field("name"), table.name);
        take(each.find_field("cursor"), table.cursor);
        table.rows = each.find_field("rows").get_int64();
        table.seconds = each.find_field("seconds").get_double();
        table.complete = each.find_field("complete").get_bool();
        simdjson::ondemand::value error;
        if (!each.find_field("error").get(error)) take(error, table.error.emplace());
    }
    bench::require(object.find_field("").error() == simdjson::NO_SUCH_FIELD, "another member");
    char const* end = nullptr;
    bench::require(document.current_location().get(end) == simdjson::OUT_OF_BOUNDS, "text behind the end");
}

class Writer {
public:
    explicit Writer(std::string& out) : out_(out), at_(out.data()) {}
    ~Writer() { out_.resize(static_cast<std::size_t>(at_ - out_.data())); }

    template <std::size_t N>
    void raw(char const (&text)[N]) {
        room(N);
        std::memcpy(at_, text, N - 1);
        at_ += N - 1;
    }
    template <class T>
    void number(T value) {
        room(32);
        at_ = std::to_chars(at_, at_ + 32, value).ptr;
    }
    void string(std::string_view text) {
        room(6 * text.size() + 18);
        *at_++ = '"';
        char const* from = text.data();
        char const* const end = from + text.size();
        bool high = false;
        while (end - from >= 16) {
            __m128i const x = _mm_loadu_si128(reinterpret_cast<__m128i const*>(from));
            _mm_storeu_si128(reinterpret_cast<__m128i*>(at_), x);
            __m128i const bad = _mm_or_si128(
                _mm_or_si128(_mm_cmpeq_epi8(x, _mm_set1_epi8('"')), _mm_cmpeq_epi8(x, _mm_set1_epi8('\\'))),
                _mm_cmpeq_epi8(_mm_min_epu8(x, _mm_set1_epi8(0x1f)), x));
            high = high || _mm_movemask_epi8(x) != 0;
            auto const mask = static_cast<unsigned>(_mm_movemask_epi8(bad));
            int const plain = mask == 0 ? 16 : std::countr_zero(mask);
            from += plain;
            at_ += plain;
            if (mask != 0) escape(*from++);
        }
        for (; from < end; ++from) {
            auto const byte = static_cast<unsigned char>(*from);
            high = high || byte >= 0x80;
            if (byte < 0x20 || byte == '"' || byte == '\\') escape(*from);
            else *at_++ = *from;
        }
        *at_++ = '"';
        if (high) bench::require(simdjson::validate_utf8(text.data(), text.size()), "UTF-8");
    }

private:
    void room(std::size_t n) {
        auto const used = static_cast<std::size_t>(at_ - out_.data());
        if (out_.size() - used >= n) return;
        out_.resize(2 * (used + n));
        at_ = out_.data() + used;
    }
    void escape(char c) {
        *at_++ = '\\';
        switch (c) {
            case '\n': *at_++ = 'n'; return;
            case '\t': *at_++ = 't'; return;
            case '\r': *at_++ = 'r'; return;
            case '\b': *at_++ = 'b'; return;
            case '\f': *at_++ = 'f'; return;
            case '"':
            case '\\': *at_++ = c; return;
            default: at_ += std::snprintf(at_, 6, "u%04x", static_cast<unsigned>(c));
        }
    }

    std::string& out_;
    char* at_;
};

void write(Writer& out, State const& state) {
    out.raw("{\"pipeline\":");
    out.string(state.pipeline);
    out.raw(",\"run_id\":");
    out.string(state.run_id);
    out.raw(",\"runs\":");
    out.number(state.runs);
    out.raw(",\"budget\":");
    out.number(state.budget);
    out.raw(",\"partitions\":[");
    for (std::size_t i = 0; i < state.partitions.size(); ++i) {
        if (i > 0) out.raw(",");
        out.string(state.partitions[i]);
    }
    out.raw("],\"tables\":[");
    for (std::size_t i = 0; i < state.tables.size(); ++i) {
        Table const& table = state.tables[i];
        if (i > 0) out.raw(",");
        out.raw("{\"name\":");
        out.string(table.name);
        out.raw(",\"cursor\":");
        out.string(table.cursor);
        out.raw(",\"rows\":");
        out.number(table.rows);
        out.raw(",\"seconds\":");
        out.number(table.seconds);
        if (table.complete) out.raw(",\"complete\":true");
        else out.raw(",\"complete\":false");
        if (table.error) {
            out.raw(",\"error\":");
            out.string(*table.error);
        }
        out.raw("}");
    }
    out.raw("]}");
}

bench::Case const reading("json-read", [](bench::Run& run) {
    std::string text;
    {
        Writer out(text);
        write(out, bench::make_state());
    }
    std::size_t const size = text.size();
    text.resize(size + simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::parser parser;
    run.measure([&] {
        State state;
        read(parser, text, size, state);
        bench::look_at(state.tables.back().rows);
    });
});

bench::Case const writing("json-write", [](bench::Run& run) {
    State const state = bench::make_state();
    std::string text;
    run.measure([&] {
        text.resize(text.capacity());
        {
            Writer out(text);
            write(out, state);
        }
        bench::look_at(text[0]);
    });
});

}  // namespace
