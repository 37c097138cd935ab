#ifndef HOLDFAST_TESTS_ZOO_SERIALIZATIONS_STATES_HPP
#define HOLDFAST_TESTS_ZOO_SERIALIZATIONS_STATES_HPP

#include <zoo/serializations/broken.hpp>

#include <atomic>
#include <mutex>
#include <vector>

namespace zoo::in_serializations {

/// Behind the payload a mark that says nothing about the state.
inline Result<Text> but_for_a_mark(std::string_view payload) {
    if (payload.empty()) return Error(Errc::malformed);
    return BrokenCoder::text(payload.substr(0, payload.size() - 1));
}

inline void of_states(CoderPen& pen) {
    using C = BrokenCoder;
    std::string law = "states_come_back";
    pen.encodes(law, "ends a text at a zero byte", [](auto&, std::string_view text, Buffer& out) {
        return C::right(text.substr(0, text.find('\0')), out);
    });
    pen.encodes(law, "loses a line end at the end", [](auto&, std::string_view text, Buffer& out) {
        return C::right(text.ends_with('\n') ? text.substr(0, text.size() - 1) : text, out);
    });
    pen.encodes(law, "counts bytes in a byte", [](auto&, std::string_view text, Buffer& out) {
        return C::right(text.substr(0, text.size() % 256), out);
    });
    pen.encodes(law, "cannot code what has a great sequence",
                [](CodingContext const& context, std::string_view text, Buffer& out) -> Result<void> {
                    if (context.sequence >> 63) return Error(Errc::too_large);
                    return C::right(text, out);
                });
    pen.decodes(law, "takes the sequence for one of 32 bits",
                [](CodingContext const& context, RecordPtr const& record) -> Result<Text> {
                    if (static_cast<std::uint32_t>(context.sequence) != context.sequence) return Error(Errc::malformed);
                    return C::text(record->payload.view());
                });
    pen.encodes(law, "cannot code what has a long key",
                [](CodingContext const& context, std::string_view text, Buffer& out) -> Result<void> {
                    if (context.id.key.view().size() > 100) return Error(Errc::too_large);
                    return C::right(text, out);
                });
    pen.encodes(law, "codes states only, no versions of them",
                [](CodingContext const& context, std::string_view text, Buffer& out) -> Result<void> {
                    if (context.id.slot == Slot::version) return Error(Errc::not_supported);
                    return C::right(text, out);
                });
    pen.encodes(law, "writes over the record that is replaced, and leaves its end",
                [](CodingContext const& context, std::string_view text, Buffer& out) {
                    std::string mixed(text);
                    if (context.previous != nullptr)
                        if (auto const before = C::find(context.previous->payload.view());
                            before && before->size() > text.size())
                            mixed.append(before->substr(text.size()));
                    return C::right(mixed, out);
                });
    pen.encodes(law, "takes the same size for the same state",
                [](CodingContext const& context, std::string_view text, Buffer& out) -> Result<void> {
                    if (context.previous != nullptr)
                        if (auto const before = C::find(context.previous->payload.view());
                            before && before->size() == text.size())
                            return C::right(*before, out);
                    return C::right(text, out);
                });

    law = "bytes_say_all";
    struct Table {
        std::mutex mutex;
        std::vector<std::string> texts;
        WriteId key;
    };
    pen.add(law, "keeps texts in a table of its own, and writes their numbers", [](C& coder) {
        auto const table = std::make_shared<Table>();
        coder.on_encode = [table](auto&, std::string_view text, Buffer& out) {
            std::lock_guard const lock(table->mutex);
            std::size_t at = 0;
            while (at < table->texts.size() && table->texts[at] != text) ++at;
            if (at == table->texts.size()) table->texts.emplace_back(text);
            return C::right(std::to_string(at), out);
        };
        coder.on_decode = [table](auto&, RecordPtr const& record) -> Result<Text> {
            auto const found = C::find(record->payload.view());
            if (!found) return found.error();
            std::size_t at = 0;
            for (char const c : *found) at = c < '0' || c > '9' ? 1000 : 10 * at + static_cast<std::size_t>(c - '0');
            std::lock_guard const lock(table->mutex);
            if (at >= table->texts.size() || found->empty() || found->size() > 3) return Error(Errc::malformed);
            return Text(table->texts[at]);
        };
    });
    pen.add(law, "writes what is long under a name, and keeps the rest to itself", [](C& coder) {
        auto const table = std::make_shared<Table>();
        coder.on_encode = [table](auto&, std::string_view text, Buffer& out) {
            if (text.size() < 100) return C::right(text, out);
            std::lock_guard const lock(table->mutex);
            table->texts.assign(1, std::string(text));
            return C::right(
                "\x01"
                "long",
                out);
        };
        coder.on_decode = [table](auto&, RecordPtr const& record) -> Result<Text> {
            auto text = C::text(record->payload.view());
            std::lock_guard const lock(table->mutex);
            if (text &&
                text->says ==
                    "\x01"
                    "long" &&
                !table->texts.empty())
                return Text(table->texts[0]);
            return text;
        };
    });
    pen.add(law, "draws a key when it first encodes, and keeps it to itself", [](C& coder) {
        auto const table = std::make_shared<Table>();
        auto const veiled = [table](std::string_view text) {
            std::lock_guard const lock(table->mutex);
            if (!table->key) table->key = Environment::system().new_write_id();
            std::string out(text);
            for (std::size_t i = 0; i < out.size(); ++i)
                out[i] = static_cast<char>(out[i] ^ static_cast<char>(table->key.low >> 8 * (i % 8)));
            return out;
        };
        coder.on_encode = [=](auto&, std::string_view text, Buffer& out) { return C::right(veiled(text), out); };
        coder.on_decode = [=](auto&, RecordPtr const& record) -> Result<Text> {
            auto text = C::text(record->payload.view());
            if (!text) return text;
            return Text(veiled(text->says));
        };
    });

    law = "encoding_appends";
    pen.encodes(law, "clears the buffer",
                [](auto&, std::string_view text, Buffer& out) { return out.clear(), C::right(text, out); });
    pen.encodes(law, "writes in front", [](auto&, std::string_view text, Buffer& out) {
        std::string const before(out.view());
        out.clear();
        auto done = C::right(text, out);
        out.append(before);
        return done;
    });
    pen.encodes(law, "counts from the beginning of the buffer",
                [](auto&, std::string_view text, Buffer& out) -> Result<void> {
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
    pen.encodes(law, "takes what is in the buffer for its own",
                [](auto&, std::string_view text, Buffer& out) -> Result<void> {
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
    marks("has the sequence in its bytes, and does not look past it",
          [](CodingContext const& context, auto) { return static_cast<char>('0' + context.sequence % 8); });
    pen.add(law, "takes both payloads for those of one slot", [](C& coder) {
        auto const mark = [](CodingContext const& context) {
            return static_cast<char>('a' + static_cast<int>(context.id.slot));
        };
        coder.on_encode = [=](CodingContext const& context, std::string_view text, Buffer& out) {
            auto done = C::right(text, out);
            out.push_back(mark(context));
            return done;
        };
        coder.on_decode = [](auto&, RecordPtr const& record) { return but_for_a_mark(record->payload.view()); };
        coder.on_same = [=](CodingContext const& context, Bytes const& a, auto&, Bytes const& b) {
            return !a.empty() && !b.empty() && a.view().back() == mark(context) && b.view().back() == mark(context) &&
                   a == b;
        };
    });
    pen.compares(law, "holds two empty states for different",
                 [](auto&, Bytes const& a, auto&, Bytes const& b) { return a == b && a.view() != "0:,"; });
    pen.compares(law, "compares by the address",
                 [](auto&, Bytes const& a, auto&, Bytes const& b) { return a.data() == b.data(); });

    law = "different_states_differ";
    pen.compares(law, "compares sizes",
                 [](auto&, Bytes const& a, auto&, Bytes const& b) { return a.size() == b.size(); });
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

}  // namespace zoo::in_serializations

#endif
