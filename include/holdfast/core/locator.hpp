#ifndef HOLDFAST_CORE_LOCATOR_HPP
#define HOLDFAST_CORE_LOCATOR_HPP

#include <holdfast/core/result.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace holdfast {

/// A storage's URI, taken apart: `scheme://host/path?option=value&…`, percent-decoded. `open.hpp` makes one from text.
struct Locator {
    std::string scheme;
    std::string host;  ///< empty for storages of this machine
    std::string path;
    std::vector<std::pair<std::string, std::string>> options;
    std::string shown;  ///< the URI as it may be printed: secrets hidden

    /// The value of an option, or null.
    std::string const* option(std::string_view name) const noexcept {
        for (auto const& [key, value] : options)
            if (key == name) return &value;
        return nullptr;
    }

    /// Refuses options that are not among `known`, and those given twice. Errors: `invalid_argument`, with what is
    /// accepted.
    Result<void> accept(std::initializer_list<std::string_view> known) const {
        for (std::size_t i = 0; i < options.size(); ++i) {
            bool found = false;
            for (auto const name : known) found = found || name == options[i].first;
            if (!found)
                return refuse(
                    "the option '" + options[i].first +
                        (known.size() == 0 ? "' is not known: this storage takes no options" : "' is not known"),
                    known);
            for (std::size_t j = 0; j < i; ++j)
                if (options[j].first == options[i].first)
                    return refuse("the option '" + options[i].first + "' is given twice", known);
        }
        return {};
    }

    /// An option that must be one of a few words; `fallback` if it is not given. Errors: `invalid_argument`.
    Result<std::string_view> choice(std::string_view name, std::initializer_list<std::string_view> words,
                                    std::string_view fallback) const {
        auto const* const given = option(name);
        if (given == nullptr) return fallback;
        for (auto const word : words)
            if (word == *given) return word;
        return refuse("the option '" + std::string(name) + "' has the value '" + *given + "'", words);
    }

    /// For storages of this machine: refuses a host, as a path has that lacks a slash (`file://relative/path`), and a
    /// `~`, which only a shell turns into a home directory. Errors: `invalid_argument`.
    Result<void> on_this_machine() const {
        if (!host.empty() && host != "localhost")
            return refuse("what stands behind // is a host, and '" + host +
                              "' is not this machine: a path here has three slashes, as in " + scheme + ":///full/path",
                          {});
        std::size_t const name = path.find_first_not_of('/');
        if (name != path.npos && path[name] == '~')
            return refuse("'~' is a home directory in a shell only: write the whole path, as in " + scheme +
                              ":///home/user/state",
                          {});
        return {};
    }

    /// An error about this URI, with what is accepted instead, if anything is. Errors of users' storages read alike if
    /// they are made by this.
    Error refuse(std::string what, std::initializer_list<std::string_view> accepted) const {
        if (accepted.size() > 0) what.append("; accepted:");
        for (auto const name : accepted) what.append(" ").append(name);
        return Error(Errc::invalid_argument, std::move(what)).during("open").on(shown);
    }
};

}  // namespace holdfast

#endif
