#ifndef HOLDFAST_TESTING_LAWS_SERIALIZATION_HPP
#define HOLDFAST_TESTING_LAWS_SERIALIZATION_HPP

#include <holdfast/store/explain.hpp>
#include <holdfast/testing/laws/check.hpp>
#include <holdfast/testing/laws/codings.hpp>
#include <holdfast/testing/laws/foreign_bytes.hpp>
#include <holdfast/testing/laws/foreign_coder.hpp>

#include <concepts>
#include <initializer_list>

namespace holdfast::testing {

/// Every law of `SerializationPolicy`, on some states that differ; they are listed on its page
/// (`concepts/serialization.hpp`), each by its name. Give states of every shape and size: an empty one, a large one,
/// one with every kind of member, numbers at the ends of their range, times before 1970 and with all their digits.
/// They fork once.
///
/// What several threads mix up is found by letting them work at once; a coder that mixes rarely may be found late.
template <class State, SerializationPolicy<State> Z>
    requires std::equality_comparable<State>
Findings check_serialization(Z& coder, std::initializer_list<State> states, LawOptions const& options = {}) {
    return law::check(options, [&](Findings& found) {
        law::Codings<State, Z> codings(coder, std::span<State const>(states.begin(), states.size()), found);
        law::ForeignCoder const foreign(codings);  // before anything is known here
        law::states_come_back(codings);
        law::bytes_say_all(codings, foreign);
        law::equal_states_give_equal_bytes(codings);
        law::encoding_appends(codings);
        law::different_states_differ(codings);
        law::foreign_bytes_are_refused(codings);
        law::bytes_around_are_not_read(codings);
        law::states_own_what_they_say(codings);
        law::threads_do_not_mix_states(codings);
    });
}
/// What cannot be checked yet: the compiler says what is missing.
template <class State, class Z>
    requires(!SerializationPolicy<Z, State> || !std::equality_comparable<State>)
Findings check_serialization(Z&, std::initializer_list<State>, LawOptions const& = {}) {
    static_assert(holdfast::detail::explain_serialization<Z, State>());
    static_assert(std::equality_comparable<State>,
                  "holdfast: the laws compare states; give the state 'bool operator==(State const&) const = default'");
    return Findings();
}

}  // namespace holdfast::testing

#endif
