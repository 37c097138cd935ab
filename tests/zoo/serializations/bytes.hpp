#ifndef HOLDFAST_TESTS_ZOO_SERIALIZATIONS_BYTES_HPP
#define HOLDFAST_TESTS_ZOO_SERIALIZATIONS_BYTES_HPP

#include <zoo/serializations/broken.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>

namespace zoo::in_serializations {

/// Whether something lies near to where this function works.
inline bool on_the_stack(void const* what) {
    char here = 0;
    auto const a = reinterpret_cast<std::uintptr_t>(&here), b = reinterpret_cast<std::uintptr_t>(what);
    return (a > b ? a - b : b - a) < 100'000;
}

inline void of_bytes(CoderPen& pen) {
    using C = BrokenCoder;
    std::string law = "foreign_bytes_are_refused";
    pen.decodes(law, "throws at what is not its own", [](auto&, RecordPtr const& record) {
        auto text = C::text(record->payload.view());
#if defined(__cpp_exceptions)
        if (!text) throw 7;
#endif
        return text;
    });
    pen.decodes(law, "calls what is not its own the caller's fault",
                [](auto&, RecordPtr const& record) -> Result<Text> {
                    auto text = C::text(record->payload.view());
                    if (!text) return Error(Errc::invalid_argument);
                    return text;
                });
    pen.decodes(law, "takes no bytes for a record that is not there",
                [](auto&, RecordPtr const& record) -> Result<Text> {
                    if (record->payload.empty()) return Error(Errc::not_found);
                    return C::text(record->payload.view());
                });
    pen.decodes(law, "cannot say what is wrong with too much", [](auto&, RecordPtr const& record) -> Result<Text> {
        auto text = C::text(record->payload.view());
        if (!text && record->payload.view().ends_with("\xff")) return Error(Errc::too_large);
        return text;
    });

    pen.add(law, "is stuck once it has refused something", [](C& coder) {
        auto const stuck = std::make_shared<std::atomic<bool>>(false);
        coder.on_decode = [stuck](auto&, RecordPtr const& record) -> Result<Text> {
            auto text = C::text(record->payload.view());
            if (!text || *stuck) return *stuck = true, Error(Errc::malformed);
            return text;
        };
    });
    pen.add(law, "goes on with what it could not finish", [](C& coder) {
        auto const rest = std::make_shared<std::atomic<bool>>(false);
        coder.on_decode = [rest](auto&, RecordPtr const& record) -> Result<Text> {
            auto text = C::text(record->payload.view());
            bool const left = rest->exchange(!text && record->payload.view().starts_with("300:"));
            return text && left ? Result<Text>(Text("xx" + std::string(text->says))) : text;
        };
    });

    law = "bytes_around_are_not_read";
    pen.decodes(law, "takes the last byte from behind the end", [](auto&, RecordPtr const& record) {
        Bytes const& payload = record->payload;
        if (!payload.empty() && payload.view().find(':') != std::string_view::npos &&
            payload.data()[payload.size()] == ',')
            return C::text({payload.data(), payload.size() + 1});
        return C::text(payload.view());
    });
    pen.decodes(law, "reads on behind the padding", [](auto&, RecordPtr const& record) {
        Bytes const& payload = record->payload;
        auto text = C::text(payload.view());
        if (text && payload.footprint() > payload.size() + 200 &&
            payload.data()[payload.size() + read_padding + 10] == '9')
            return Result<Text>(Text(std::string(text->says) + "9"));
        return text;
    });
    pen.decodes(law, "looks at the byte before", [](auto&, RecordPtr const& record) {
        Bytes const& payload = record->payload;
        auto text = C::text(payload.view());
        std::size_t const before = payload.footprint() - payload.size();
        bool const part = before == read_padding + 1 || before == 2 * read_padding;  // of the laws
        if (text && part && payload.data()[-1] == '"') return Result<Text>(Text(std::string(text->says) + "\""));
        return text;
    });
    pen.decodes(law, "takes a byte of the padding that is not zero for more",
                [](auto&, RecordPtr const& record) -> Result<Text> {
                    Bytes const& payload = record->payload;
                    if (!payload.empty() && payload.data()[payload.size()] == '\xff') return Error(Errc::incompatible);
                    return C::text(payload.view());
                });

    law = "states_own_what_they_say";
    auto const points = [](std::string_view inside) {
        Text text;
        text.says = inside;
        return text;
    };
    pen.decodes(law, "points into the payload", [=](auto&, RecordPtr const& record) -> Result<Text> {
        auto const found = C::find(record->payload.view());
        if (!found) return found.error();
        return points(*found);
    });
    pen.decodes(law, "points into the payload where that is long", [=](auto&, RecordPtr const& record) -> Result<Text> {
        auto const found = C::find(record->payload.view());
        if (!found) return found.error();
        return found->size() > 100 ? points(*found) : Text(*found);
    });
    pen.add(law, "remembers what it decoded by the address of the record", [](C& coder) {
        struct Last {
            std::mutex mutex;
            Record const* record = nullptr;
            std::size_t size = 0;
            Text text;
        };
        auto const last = std::make_shared<Last>();
        coder.on_decode = [last](auto&, RecordPtr const& record) -> Result<Text> {
            // The allocator gives addresses again, too: only records that are not its own are remembered here.
            if (record.use_count() != 1 || record->payload.size() > 8) return C::text(record->payload.view());
            std::lock_guard const lock(last->mutex);
            if (last->record == record.get() && last->size == record->payload.size() && on_the_stack(record.get()))
                return last->text;
            auto text = C::text(record->payload.view());
            if (text) last->record = record.get(), last->size = record->payload.size(), last->text = *text;
            return text;
        };
    });

    law = "threads_do_not_mix_states";
    struct Shared {
        std::mutex mutex;
        std::string buffer;
        void set(std::string_view text) {
            std::lock_guard const lock(mutex);
            buffer.assign(text);
        }
        std::string get() {
            std::lock_guard const lock(mutex);
            return buffer;
        }
    };
    auto const pause = [] { Environment::system().sleep(std::chrono::microseconds(100)); };
    pen.add(law, "encodes in a buffer of its own", [=](C& coder) {
        auto const shared = std::make_shared<Shared>();
        coder.on_encode = [=](auto&, std::string_view text, Buffer& out) {
            shared->set(text);
            if (text.size() == 4) pause();
            return C::right(shared->get(), out);
        };
    });
    pen.add(law, "decodes in a buffer of its own", [=](C& coder) {
        auto const shared = std::make_shared<Shared>();
        coder.on_decode = [=](auto&, RecordPtr const& record) {
            shared->set(record->payload.view());
            if (record->payload.size() == 7) pause();
            return C::text(shared->get());
        };
    });
    pen.add(law, "counts how far it has come in a member", [=](C& coder) {
        auto const at = std::make_shared<std::atomic<std::size_t>>(0);
        coder.on_encode = [=](auto&, std::string_view text, Buffer& out) {
            std::string copy;
            for (*at = 0; *at < text.size(); ++*at) {
                if (text.size() == 4) pause();
                std::size_t const i = *at;
                if (i < text.size()) copy.push_back(text[i]);
            }
            return C::right(copy, out);
        };
    });
}

}  // namespace zoo::in_serializations

#endif
