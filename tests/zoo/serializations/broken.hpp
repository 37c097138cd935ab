#ifndef HOLDFAST_TESTS_ZOO_SERIALIZATIONS_BROKEN_HPP
#define HOLDFAST_TESTS_ZOO_SERIALIZATIONS_BROKEN_HPP

#include <zoo/zoo.hpp>

#include <holdfast/testing/laws/serialization.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace zoo::in_serializations {

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
    Result<bool> same_content(CodingContext const& a_context, Bytes const& a, CodingContext const& b_context,
                              Bytes const& b) {
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

}  // namespace zoo::in_serializations

#endif
