// Broken serializations. No law sees:
// - one that reads bytes behind the padding and does not care what they are: that is for an address sanitizer;
// - one that remembers what it decoded by the address of a payload: the laws cannot have two payloads at one address
//   that its owner might not rightly have kept;
// - one that mixes up states of several threads in a moment shorter than a switch between them, now and then.

#include <zoo/zoo.hpp>

#include <holdfast/serialization/compressed.hpp>
#include <holdfast/serialization/encrypted.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/serialization/migrating.hpp>
#include <holdfast/serialization/raw_bytes.hpp>
#include <holdfast/testing/laws/serialization.hpp>

#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>

namespace zoo {

namespace {

using namespace holdfast;
using namespace holdfast::testing;

/// A text that may or may not own what it says.
struct Text {
    std::shared_ptr<std::string const> own{};
    std::string_view says{};

    Text() = default;
    explicit Text(std::string_view text) : own(std::make_shared<std::string const>(text)), says(*own) {}
    friend bool operator==(Text const& a, Text const& b) { return a.says == b.says; }
};

/// Writes `5:hello,` and is wrong in one way.
struct BrokenCoder {
    static constexpr Family family = Family::serialization;

    std::function<Result<void>(CodingContext const&, std::string_view, Buffer&)> on_encode{};
    std::function<Result<Text>(CodingContext const&, RecordPtr const&)> on_decode{};
    std::function<Result<bool>(CodingContext const&, Bytes const&, CodingContext const&, Bytes const&)> on_same{};

    Result<void> encode(CodingContext const& context, Text const& state, Buffer& out) {
        return on_encode ? on_encode(context, state.says, out) : right(state.says, out);
    }
    template <class State>
    Result<State> decode(CodingContext const& context, RecordPtr const& record) {
        if (on_decode) return on_decode(context, record);
        return text(record->payload.view());
    }
    Result<bool> same_content(CodingContext const& a_context, Bytes const& a, CodingContext const& b_context, Bytes const& b) {
        return on_same ? on_same(a_context, a, b_context, b) : Result<bool>(a == b);
    }

    static Result<void> right(std::string_view text, Buffer& out) {
        out.append(std::to_string(text.size()));
        out.push_back(':');
        out.append(text);
        out.push_back(',');
        return {};
    }
    /// Where the text of a payload is; malformed if it is not whole.
    static Result<std::string_view> find(std::string_view payload) {
        std::size_t const colon = payload.find(':');
        if (colon == payload.npos || colon == 0 || colon > 9) return Error(Errc::malformed);
        std::size_t size = 0;
        for (char const c : payload.substr(0, colon)) {
            if (c < '0' || c > '9') return Error(Errc::malformed);
            size = 10 * size + static_cast<std::size_t>(c - '0');
        }
        if (payload.size() != colon + size + 2 || payload.back() != ',') return Error(Errc::malformed);
        return payload.substr(colon + 1, size);
    }
    static Result<Text> text(std::string_view payload) {
        auto const found = find(payload);
        if (!found) return found.error();
        return Text(*found);
    }
};

class CoderPen {
public:
    void add(std::string law, std::string sin, std::function<void(BrokenCoder&)> make) {
        all_.push_back({std::move(law), std::move(sin), [make] {
                            BrokenCoder coder;
                            make(coder);
                            return check_serialization<Text>(
                                coder, {Text(""), Text("text"), Text("texts"), Text("tent\n"),
                                        Text(std::string("a\0b\xff", 4)), Text(std::string(300, 'x'))});
                        }});
    }
    void encodes(std::string law, std::string sin, decltype(BrokenCoder::on_encode) make) {
        add(std::move(law), std::move(sin), [make](BrokenCoder& coder) { coder.on_encode = make; });
    }
    void decodes(std::string law, std::string sin, decltype(BrokenCoder::on_decode) make) {
        add(std::move(law), std::move(sin), [make](BrokenCoder& coder) { coder.on_decode = make; });
    }
    void compares(std::string law, std::string sin, decltype(BrokenCoder::on_same) make) {
        add(std::move(law), std::move(sin), [make](BrokenCoder& coder) { coder.on_same = make; });
    }
    Animals take() { return std::move(all_); }

private:
    Animals all_;
};

/// Behind the payload a mark that says nothing about the state.
Result<Text> but_for_a_mark(std::string_view payload) {
    if (payload.empty()) return Error(Errc::malformed);
    return BrokenCoder::text(payload.substr(0, payload.size() - 1));
}

/// Whether something lies near to where this function works.
bool on_the_stack(void const* what) {
    char here = 0;
    auto const a = reinterpret_cast<std::uintptr_t>(&here), b = reinterpret_cast<std::uintptr_t>(what);
    return (a > b ? a - b : b - a) < 100'000;
}

void of_states(CoderPen& pen) {
    using C = BrokenCoder;
    std::string law = "states_come_back";
    pen.encodes(law, "ends a text at a zero byte", [](auto&, std::string_view text, Buffer& out) { return C::right(text.substr(0, text.find('\0')), out); });
    pen.encodes(law, "loses a line end at the end", [](auto&, std::string_view text, Buffer& out) {
        return C::right(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text, out);
    });
    pen.encodes(law, "counts bytes in a byte", [](auto&, std::string_view text, Buffer& out) { return C::right(text.substr(0, text.size() % 256), out); });
    pen.encodes(law, "cannot code what has a great sequence", [](CodingContext const& context, std::string_view text, Buffer& out) -> Result<void> {
        if (context.sequence >> 63) return Error(Errc::too_large);
        return C::right(text, out);
    });
    pen.decodes(law, "takes the sequence for one of 32 bits", [](CodingContext const& context, RecordPtr const& record) -> Result<Text> {
        if (static_cast<std::uint32_t>(context.sequence) != context.sequence) return Error(Errc::malformed);
        return C::text(record->payload.view());
    });
    pen.encodes(law, "cannot code what has a long key", [](CodingContext const& context, std::string_view text, Buffer& out) -> Result<void> {
        if (context.id.key.view().size() > 100) return Error(Errc::too_large);
        return C::right(text, out);
    });
    pen.encodes(law, "codes states only, no versions of them", [](CodingContext const& context, std::string_view text, Buffer& out) -> Result<void> {
        if (context.id.slot == Slot::version) return Error(Errc::not_supported);
        return C::right(text, out);
    });
    pen.encodes(law, "writes over the record that is replaced, and leaves its end", [](CodingContext const& context, std::string_view text, Buffer& out) {
        std::string mixed(text);
        if (context.previous != nullptr)
            if (auto const before = C::find(context.previous->payload.view()); before && before->size() > text.size())
                mixed.append(before->substr(text.size()));
        return C::right(mixed, out);
    });
    pen.encodes(law, "takes the same size for the same state", [](CodingContext const& context, std::string_view text, Buffer& out) -> Result<void> {
        if (context.previous != nullptr)
            if (auto const before = C::find(context.previous->payload.view()); before && before->size() == text.size()) return C::right(*before, out);
        return C::right(text, out);
    });

    law = "encoding_appends";
    pen.encodes(law, "clears the buffer", [](auto&, std::string_view text, Buffer& out) { return out.clear(), C::right(text, out); });
    pen.encodes(law, "writes in front", [](auto&, std::string_view text, Buffer& out) {
        std::string const before(out.view());
        out.clear();
        auto done = C::right(text, out);
        out.append(before);
        return done;
    });
    pen.encodes(law, "counts from the beginning of the buffer", [](auto&, std::string_view text, Buffer& out) -> Result<void> {
        out.append(std::to_string(out.size() + text.size()));
        out.push_back(':');
        out.append(text);
        out.push_back(',');
        return {};
    });
    pen.add(law, "aligns in the buffer", [](C& coder) {
        coder.on_encode = [](auto&, std::string_view text, Buffer& out) {
            char const pad = static_cast<char>('0' + out.size() % 8);
            auto done = C::right(text, out);
            out.push_back(pad);
            return done;
        };
        coder.on_decode = [](auto&, RecordPtr const& record) { return but_for_a_mark(record->payload.view()); };
    });
    pen.encodes(law, "takes what is in the buffer for its own", [](auto&, std::string_view text, Buffer& out) -> Result<void> {
        if (out.size() > 1'000) return {};
        return C::right(text, out);
    });

    law = "equal_states_give_equal_bytes";
    auto const marks = [&](std::string sin, std::function<char(CodingContext const&, std::string_view)> mark) {
        pen.add(law, std::move(sin), [mark](C& coder) {
            coder.on_encode = [mark](CodingContext const& context, std::string_view text, Buffer& out) {
                auto done = C::right(text, out);
                out.push_back(mark(context, text));
                return done;
            };
            coder.on_decode = [](auto&, RecordPtr const& record) { return but_for_a_mark(record->payload.view()); };
        });
    };
    auto const count = std::make_shared<std::atomic<unsigned>>(0);
    marks("notes which encoding it is", [=](auto&, auto) { return static_cast<char>(++*count / 2); });
    auto const last = std::make_shared<std::string>();
    auto const mutex = std::make_shared<std::mutex>();
    marks("notes whether it has coded the same before", [=](auto& context, std::string_view text) {
        std::lock_guard const lock(*mutex);
        if (context.sequence != 1 && context.sequence != 2) return 'n';
        bool const same = text == *last && text.size() == 5;
        last->assign(text);
        return same ? 'y' : 'n';
    });
    marks("has the sequence in its bytes, and does not look past it", [](CodingContext const& context, auto) {
        return static_cast<char>('0' + context.sequence % 8);
    });
    pen.compares(law, "holds two empty states for different", [](auto&, Bytes const& a, auto&, Bytes const& b) { return a == b && a.view() != "0:,"; });
    pen.compares(law, "compares by the address", [](auto&, Bytes const& a, auto&, Bytes const& b) { return a.data() == b.data(); });

    law = "different_states_differ";
    pen.compares(law, "compares sizes", [](auto&, Bytes const& a, auto&, Bytes const& b) { return a.size() == b.size(); });
    pen.compares(law, "compares the first three bytes", [](auto&, Bytes const& a, auto&, Bytes const& b) {
        return a.size() == b.size() && a.view().substr(0, 3) == b.view().substr(0, 3);
    });
    pen.compares(law, "holds everything for the same", [](auto&, auto&, auto&, auto&) { return true; });
    pen.compares(law, "holds for the same what cannot be read", [](auto&, Bytes const& a, auto&, Bytes const& b) {
        auto const x = C::find(a.view()), y = C::find(b.view());
        return !x || !y || *x == *y;
    });
    pen.compares(law, "compares as text that ends at a zero byte", [](auto&, Bytes const& a, auto&, Bytes const& b) {
        auto const x = C::find(a.view()), y = C::find(b.view());
        return x && y && (*x == *y || (x->size() > 3 && y->size() > 3 && x->substr(0, 2) == y->substr(0, 2)));
    });
}

void of_bytes(CoderPen& pen) {
    using C = BrokenCoder;
    std::string law = "foreign_bytes_are_refused";
    pen.decodes(law, "throws at what is not its own", [](auto&, RecordPtr const& record) {
        auto text = C::text(record->payload.view());
#if defined(__cpp_exceptions)
        if (!text) throw 7;
#endif
        return text;
    });
    pen.decodes(law, "calls what is not its own the caller's fault", [](auto&, RecordPtr const& record) -> Result<Text> {
        auto text = C::text(record->payload.view());
        if (!text) return Error(Errc::invalid_argument);
        return text;
    });
    pen.decodes(law, "takes no bytes for a record that is not there", [](auto&, RecordPtr const& record) -> Result<Text> {
        if (record->payload.empty()) return Error(Errc::not_found);
        return C::text(record->payload.view());
    });
    pen.decodes(law, "cannot say what is wrong with too much", [](auto&, RecordPtr const& record) -> Result<Text> {
        auto text = C::text(record->payload.view());
        if (!text && record->payload.view().ends_with("\xff")) return Error(Errc::too_large);
        return text;
    });

    law = "bytes_around_are_not_read";
    pen.decodes(law, "takes the last byte from behind the end", [](auto&, RecordPtr const& record) {
        Bytes const& payload = record->payload;
        if (!payload.empty() && payload.view().find(':') != std::string_view::npos && payload.data()[payload.size()] == ',')
            return C::text({payload.data(), payload.size() + 1});
        return C::text(payload.view());
    });
    pen.decodes(law, "reads on behind the padding", [](auto&, RecordPtr const& record) {
        Bytes const& payload = record->payload;
        auto text = C::text(payload.view());
        if (text && payload.footprint() > payload.size() + 200 && payload.data()[payload.size() + read_padding + 10] == '9')
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
    pen.decodes(law, "takes a byte of the padding that is not zero for more", [](auto&, RecordPtr const& record) -> Result<Text> {
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
            if (last->record == record.get() && last->size == record->payload.size() && on_the_stack(record.get())) return last->text;
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

std::string reversed(std::string text) { return {text.rbegin(), text.rend()}; }
Bytes as_bytes(std::string const& text) { return Bytes::copy(text); }

std::set<std::string>& laws() {
    static std::set<std::string> all;
    static bool const once = [] {
        auto const take = [&](Findings const& found) {
            CHECK(found.text() == "");
            all.insert(found.checked().begin(), found.checked().end());
        };
        std::string const bytes("\0\xff\"\\\n", 5), large(5'000, 'x');
        std::initializer_list<std::string> const texts = {"", "x", "holdfast-schema:2\nx", bytes, large};
        RawBytes raw;
        take(check_serialization<std::string>(raw, texts));
        take(check_serialization<Bytes>(raw, {Bytes(), Bytes::copy("a"), Bytes::copy(bytes)}));
        take(check_serialization<std::vector<std::byte>>(raw, {{}, {std::byte{0}}, {std::byte{255}, std::byte{1}}}));
        Json json;
        take(check_serialization<std::string>(json, {"", "text", "\"\\\n\xc3\xa9", std::string(3, '\0'), large}));
        take(check_serialization<std::vector<std::optional<double>>>(json, {{}, {0.1}, {std::nullopt, -1e300}}));
        Compressed<Zstd, RawBytes> small;
        take(check_serialization<std::string>(small, texts));
        KeyRing ring;
        (void)ring.add("k1", SecretKey::from_bytes(std::string(32, 'k')).value());
        Encrypted<Aes256Gcm, KeyRing, Compressed<Zstd, Json>> secret(std::move(ring), {.store = "zoo"});
        take(check_serialization<std::string>(secret, {"", "text", large}));
        using Renewed = Migrating<RawBytes, Step<std::string, std::string, &reversed>, Step<std::string, Bytes, &as_bytes>>;
        Renewed renewed;
        take(check_serialization<Bytes>(renewed, {Bytes(), Bytes::copy("abc"), Bytes::copy("holdfast-schema:2\nx")}));
        return true;
    }();
    (void)once;
    return all;
}

}  // namespace

Animals serializations() {
    CoderPen pen;
    of_states(pen);
    of_bytes(pen);
    return pen.take();
}
Laws laws_of_serializations() { return {laws().begin(), laws().end()}; }

TEST_CASE("zoo: serializations that are right obey every law", "[zoo]") { CHECK(laws_of_serializations().size() == 8); }
TEST_CASE("zoo: serializations", "[zoo]") { condemned(serializations()); }

}  // namespace zoo
