#ifndef HOLDFAST_LAYER_OBSERVE_PROMETHEUS_TEXT_HPP
#define HOLDFAST_LAYER_OBSERVE_PROMETHEUS_TEXT_HPP

#include <holdfast/core/utf8.hpp>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

// The text format of Prometheus, 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
namespace holdfast::detail {

struct DurationBucket {
    std::uint64_t nanoseconds;  ///< the most that is counted here
    std::string_view seconds;
};

/// From an operation in memory to a service that is in trouble.
inline constexpr std::array<DurationBucket, 16> duration_buckets{{{10'000, "0.00001"},
                                                                  {50'000, "0.00005"},
                                                                  {100'000, "0.0001"},
                                                                  {500'000, "0.0005"},
                                                                  {1'000'000, "0.001"},
                                                                  {2'500'000, "0.0025"},
                                                                  {5'000'000, "0.005"},
                                                                  {10'000'000, "0.01"},
                                                                  {25'000'000, "0.025"},
                                                                  {50'000'000, "0.05"},
                                                                  {100'000'000, "0.1"},
                                                                  {250'000'000, "0.25"},
                                                                  {500'000'000, "0.5"},
                                                                  {1'000'000'000, "1"},
                                                                  {2'500'000'000, "2.5"},
                                                                  {10'000'000'000, "10"}}};

class PrometheusText {
public:
    struct Label {
        std::string_view name, value;
    };

    explicit PrometheusText(std::string& out) noexcept : out_(out) {}

    void family(std::string_view name, std::string_view type, std::string_view help) {
        family_ = name;
        out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
        out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
    }

    /// A label without value is left out.
    void sample(std::string_view suffix, std::initializer_list<Label> labels, std::uint64_t value) {
        begin(suffix, labels);
        out_.append(std::to_string(value)).append("\n");
    }
    void sample_seconds(std::string_view suffix, std::initializer_list<Label> labels, std::uint64_t nanoseconds) {
        constexpr std::uint64_t second = 1'000'000'000;
        begin(suffix, labels);
        out_.append(std::to_string(nanoseconds / second)).append(".");
        out_.append(std::to_string(second + nanoseconds % second).substr(1)).append("\n");
    }

private:
    void begin(std::string_view suffix, std::initializer_list<Label> labels) {
        out_.append(family_).append(suffix);
        char before = '{';
        for (Label const& label : labels) {
            if (label.value.empty()) continue;
            out_.push_back(before);
            before = ',';
            out_.append(label.name).append("=\"");
            escaped(label.value);
            out_.push_back('"');
        }
        out_.append(before == '{' ? " " : "} ");
    }

    /// The format is UTF-8: a byte that is none becomes U+FFFD.
    void escaped(std::string_view value) {
        for (std::size_t at = 0; at < value.size();) {
            std::size_t const begin = at;
            char32_t const point = next_code_point(value, at);
            if (point == bad_utf8) {
                out_.append("\xef\xbf\xbd");
                at = begin + 1;
            } else if (point == '\\') {
                out_.append("\\\\");
            } else if (point == '"') {
                out_.append("\\\"");
            } else if (point == '\n') {
                out_.append("\\n");
            } else {
                out_.append(value.substr(begin, at - begin));
            }
        }
    }

    std::string& out_;
    std::string_view family_;
};

}  // namespace holdfast::detail

#endif
