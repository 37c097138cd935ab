#ifndef HOLDFAST_ERROR_CODE_HPP
#define HOLDFAST_ERROR_CODE_HPP

#include <holdfast/core/error.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>

#include <string>
#include <type_traits>
#include <utility>

namespace holdfast {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"  // Boost's, which nobody destroys by a pointer to the base
/// The category of `Errc` among the codes of Boost. By its id the same in every shared library. `Errc{}` is success.
class ErrorCategory final : public boost::system::error_category {
public:
    constexpr ErrorCategory() noexcept : boost::system::error_category(0xb97f'6d1f'04c9'52a3) {}

    char const* name() const noexcept override { return "holdfast"; }
    std::string message(int code) const override {
        return code == 0 ? "success" : std::string(holdfast::name(static_cast<Errc>(code)));
    }
};
#pragma GCC diagnostic pop

inline ErrorCategory const& error_category() noexcept {
    static constexpr ErrorCategory category;
    return category;
}

/// So that an `Errc` becomes, and compares with, a `boost::system::error_code`.
inline boost::system::error_code make_error_code(Errc code) noexcept {
    return {static_cast<int>(code), error_category()};
}

/// The code of an error. What it says besides (place, backend) is lost.
inline boost::system::error_code to_error_code(Error const& error) noexcept { return make_error_code(error.code()); }

/// An error from a failed `code` of any library: ours keep their code, the system's get the one with the same remedy,
/// others `otherwise`. Its text becomes the message, the category and number become `backend()`.
inline Error to_error(boost::system::error_code const& code, Errc otherwise = Errc::unavailable) {
    namespace errc = boost::system::errc;
    static constexpr struct {
        errc::errc_t from;
        Errc to;
    } remedies[] = {{errc::timed_out, Errc::timed_out},
                    {errc::operation_canceled, Errc::cancelled},
                    {errc::permission_denied, Errc::permission_denied},
                    {errc::operation_not_permitted, Errc::permission_denied},
                    {errc::read_only_file_system, Errc::permission_denied},
                    {errc::no_space_on_device, Errc::out_of_space},
                    {errc::file_too_large, Errc::out_of_space},
                    {errc::no_such_file_or_directory, Errc::not_found},
                    {errc::device_or_resource_busy, Errc::busy},
                    {errc::resource_unavailable_try_again, Errc::busy},
                    {errc::invalid_argument, Errc::invalid_argument},
                    {errc::filename_too_long, Errc::too_large},
                    {errc::not_supported, Errc::not_supported},
                    {errc::function_not_supported, Errc::not_supported}};
    if (code.category() == error_category()) return Error(static_cast<Errc>(code.value()));
    Errc remedy = otherwise;
    for (auto const& [from, to] : remedies)
        if (code == from) remedy = to;
    return Error(remedy, code.message()).from(code.category().name() + (":" + std::to_string(code.value())));
}

}  // namespace holdfast

/// @cond
template <>
struct boost::system::is_error_code_enum<holdfast::Errc> : std::true_type {};
/// @endcond

#endif
