#ifndef HOLDFAST_TESTS_UNIT_LAYER_PROMETHEUS_GRAMMAR_HPP
#define HOLDFAST_TESTS_UNIT_LAYER_PROMETHEUS_GRAMMAR_HPP

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

/// A strict reader of Prometheus' text format 0.0.4: every line must be one that the format has, families are in one
/// piece with HELP and TYPE first, no series comes twice, histograms are cumulative and end with +Inf.
class PrometheusReader {
public:
    std::map<std::string, double> series;      ///< `name{label="value",…}`, labels in order of their names, unescaped
    std::map<std::string, std::string> types;  ///< of families
    std::string fault;                         ///< empty: all is well

    explicit PrometheusReader(std::string_view text) {
        if (text.empty() || text.back() != '\n') fault = "the last line has no end";
        while (!text.empty() && fault.empty()) {
            auto const end = text.find('\n');
            if (end == text.npos) break;
            line_ = text.substr(0, end);
            text.remove_prefix(end + 1);
            if (!(line_.starts_with('#') ? comment() : sample()) && fault.empty()) fault = "not in the grammar";
            if (!fault.empty()) fault += ": " + std::string(line_);
        }
        if (fault.empty()) finish_family();
    }

private:
    static bool name_char(char c, bool first, bool colon) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colon && c == ':') ||
               (!first && c >= '0' && c <= '9');
    }
    std::string take_name(bool colon) {
        std::size_t n = 0;
        while (at_ + n < line_.size() && name_char(line_[at_ + n], n == 0, colon)) ++n;
        std::string const name(line_.substr(at_, n));
        at_ += n;
        return name;
    }
    bool take(std::string_view text) {
        if (!line_.substr(at_).starts_with(text)) return false;
        at_ += text.size();
        return true;
    }

    bool comment() {
        at_ = 0;
        bool const help = line_.starts_with("# HELP ");
        if (!take("# HELP ") && !take("# TYPE ")) return false;
        std::string const name = take_name(true);
        if (name.empty() || !take(" ")) return false;
        auto const rest = line_.substr(at_);
        if (help) {
            finish_family();
            for (std::size_t i = 0; i < rest.size(); ++i)
                if (rest[i] == '\\' && (++i == rest.size() || (rest[i] != '\\' && rest[i] != 'n'))) return false;
            if (!families_.insert(name).second) fault = "the family comes twice";
            family_ = name;
            return true;
        }
        if (name != family_ || types.count(name) != 0) return false;
        if (rest != "counter" && rest != "gauge" && rest != "histogram") return false;
        types[name] = rest;
        return true;
    }

    bool sample() {
        at_ = 0;
        std::string const name = take_name(true);
        std::map<std::string, std::string> labels;
        if (take("{"))
            for (;;) {
                std::string const label = take_name(false);
                auto const value = take("=\"") ? take_value() : std::nullopt;
                if (label.empty() || !value || !labels.emplace(label, *value).second) return false;
                if (take("}")) break;
                if (!take(",")) return false;
            }
        if (!take(" ")) return false;
        auto const number = std::string(line_.substr(at_));
        std::size_t used = 0;
        if (number.empty() || number.find_first_not_of("0123456789.") != number.npos) return false;
        double const value = std::stod(number, &used);
        if (used != number.size()) return false;

        auto const type = types.find(family_);
        if (type == types.end()) return false;
        auto const le = labels.count("le") != 0 ? std::optional(labels["le"]) : std::nullopt;
        if (type->second == "histogram") {
            std::string const suffix = name.substr(name.size() < family_.size() ? name.size() : family_.size());
            if (!name.starts_with(family_) || (suffix != "_bucket" && suffix != "_sum" && suffix != "_count"))
                return false;
            if (le.has_value() != (suffix == "_bucket")) return false;
            labels.erase("le");
            auto& one = histograms_[text_of("", labels)];
            if (suffix == "_bucket") {
                double const bound = *le == "+Inf" ? 1e300 : std::stod(*le);
                if (!one.bounds.empty() && (bound <= one.bounds.back() || value < one.counts.back()))
                    fault = "not cumulative";
                one.bounds.push_back(bound);
                one.counts.push_back(value);
            } else if (suffix == "_count") {
                one.count = value;
            } else {
                one.sum = value;
            }
            if (le) labels["le"] = *le;
        } else if (name != family_ || le || (type->second == "counter" && !name.ends_with("_total"))) {
            return false;
        }
        if (!series.emplace(text_of(name, labels), value).second) fault = "the series comes twice";
        return true;
    }

    std::optional<std::string> take_value() {
        std::string value;
        for (; at_ < line_.size(); ++at_) {
            char c = line_[at_];
            if (c == '"') {
                ++at_;
                return value;
            }
            if (c == '\\') {
                if (++at_ == line_.size()) return std::nullopt;
                c = line_[at_];
                if (c == 'n') c = '\n';
                else if (c != '\\' && c != '"') return std::nullopt;
            }
            value += c;
        }
        return std::nullopt;
    }

    static std::string text_of(std::string const& name, std::map<std::string, std::string> const& labels) {
        std::string text = name;
        for (auto const& [label, value] : labels) text += (text == name ? "{" : ",") + label + "=\"" + value + "\"";
        return labels.empty() ? text : text + "}";
    }

    void finish_family() {
        if (!family_.empty() && types.count(family_) == 0) fault = "no TYPE: " + family_;
        for (auto const& [labels, one] : histograms_)
            if (one.bounds.empty() || one.bounds.back() != 1e300 || one.count != one.counts.back() || !one.sum)
                fault = "histogram without +Inf, _sum or its _count: " + family_ + labels;
        histograms_.clear();
    }

    struct Histogram {
        std::vector<double> bounds, counts;
        std::optional<double> count, sum;
    };

    std::string_view line_;
    std::size_t at_ = 0;
    std::string family_;
    std::set<std::string> families_;
    std::map<std::string, Histogram> histograms_;
};

#endif
