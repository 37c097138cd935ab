#ifndef HOLDFAST_FORMAT_LAYOUT_MARK_HPP
#define HOLDFAST_FORMAT_LAYOUT_MARK_HPP

#include <holdfast/core/result.hpp>
#include <holdfast/format/flat_json.hpp>
#include <holdfast/format/frame_writer.hpp>

#include <string>
#include <string_view>

namespace holdfast::detail {

/// The file, or object, that says how the records of a store are named and framed, so that a program that would do
/// otherwise finds out before it touches anything:
///
///     {"holdfast":"2","layout":"slot_first"}
///
/// It has a name that tools copy, beside the records, in a directory and in a bucket alike: a copy without it would open
/// as an empty store under another layout. It is written once, whole, and never changed.
struct LayoutMark {
    static constexpr char const* file_name = "holdfast.json";
    static constexpr std::size_t most = 1024;  ///< bytes; no mark has more

    static std::string text(std::string_view layout) {
        Buffer text(64 + layout.size());
        text.append("{\"holdfast\":\"");
        text.append(frame_version);
        text.append("\",\"layout\":\"");
        append_escaped(text, layout);
        text.append("\"}\n");
        return std::string(text.view());
    }

    /// Errors: `incompatible` (another layout, another format version), `malformed`.
    static Result<void> check(std::string_view text, std::string_view layout) {
        FlatReader members(text.substr(0, text.find('\n')));
        auto const version = members.next(), name = members.next();
        if (!version || version->name != "holdfast") return damaged(layout);
        if (version->value != frame_version)
            return Error(Errc::incompatible, "the store is of format version " + std::string(version->value) +
                                                 ", this program knows version " + std::string(frame_version) +
                                                 ": use a program that knows it; nothing was changed");
        auto const stored = name && name->name == "layout" ? unescape(name->value) : std::nullopt;
        if (!stored) return damaged(layout);
        if (*stored == layout) return {};
        return Error(Errc::incompatible, "the records are named by the layout '" + *stored + "', this program uses '" +
                                             std::string(layout) +
                                             "': open the store with that layout, or use another place; nothing was "
                                             "changed");
    }

    /// What is said where records stand without a mark.
    static Error missing(std::string_view area, std::string_view layout) {
        return Error(Errc::incompatible, "there is '" + std::string(area) + "', but no '" + file_name +
                                             "' that says how the records there are named: copy that too, or, if they "
                                             "are of this program, write it anew: " +
                                             text(layout).substr(0, text(layout).size() - 1) + "; nothing was changed");
    }

private:
    static Error damaged(std::string_view layout) {
        return Error(Errc::malformed, "the mark of the layout is damaged or not ours: restore it from a copy, or, if the "
                                      "records are of this program, write it anew: " +
                                          text(layout).substr(0, text(layout).size() - 1) + "; nothing was changed");
    }
};

}  // namespace holdfast::detail

#endif
