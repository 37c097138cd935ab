#ifndef HOLDFAST_STORE_EXPLAIN_VERBS_HPP
#define HOLDFAST_STORE_EXPLAIN_VERBS_HPP

#include <holdfast/concepts/verbs.hpp>

#include <concepts>
#include <type_traits>

// What the compiler says about verbs that a policy brings, and about those of a history that are not there.
namespace holdfast::detail {

// A class that has two bases with a member of one name cannot name that member, be it overloaded or a template.
#define HOLDFAST_VERB_IS_TAKEN(name)                                                                        \
    do {                                                                                                    \
        struct Library {                                                                                    \
            void name();                                                                                    \
        };                                                                                                  \
        static_assert([]<class Both>(Both*) { return requires { &Both::name; }; }(                          \
                          static_cast<WithVerbs<Library, Verbs>*>(nullptr)),                                \
                      "holdfast: a verb that a policy brings has the name of one of the library's, '" #name \
                      "': give it another");                                                                \
    } while (false)

template <class Library, class Verbs>
struct WithVerbs : Library, Verbs {};

#define HOLDFAST_NAME_IS_INNER(name)                                                       \
    static_assert(                                                                         \
        ![]<class V>(V*) { return requires { &V::name; }; }(static_cast<Verbs*>(nullptr)), \
        "holdfast: a verb that a policy brings has the name of one of the library's, '" #name "': give it another")

/// Whether no verb is hidden by what stores say of themselves, or by what verbs are written with.
template <class Verbs>
consteval void explain_inner_names() {
    HOLDFAST_NAME_IS_INNER(watchful);
    HOLDFAST_NAME_IS_INNER(batched);
    HOLDFAST_NAME_IS_INNER(historic);
    HOLDFAST_NAME_IS_INNER(purgeable);
    HOLDFAST_NAME_IS_INNER(context);
    HOLDFAST_NAME_IS_INNER(engine);
    HOLDFAST_NAME_IS_INNER(on);
    HOLDFAST_NAME_IS_INNER(under);
    HOLDFAST_NAME_IS_INNER(under_all);
    HOLDFAST_NAME_IS_INNER(usable);
    HOLDFAST_NAME_IS_INNER(unusable);
    HOLDFAST_NAME_IS_INNER(end_lock);
    HOLDFAST_NAME_IS_INNER(stranger);
}
#undef HOLDFAST_NAME_IS_INNER

/// Whether verbs of a policy have names of their own. Of a locked key those of `Locked` are taken, too.
template <class Verbs, bool on_locked>
    requires(!std::is_final_v<Verbs>)
consteval bool explain_names() {
    HOLDFAST_VERB_IS_TAKEN(get);
    HOLDFAST_VERB_IS_TAKEN(get_many);
    HOLDFAST_VERB_IS_TAKEN(wait_for_change);
    HOLDFAST_VERB_IS_TAKEN(resolve);
    HOLDFAST_VERB_IS_TAKEN(seal);
    HOLDFAST_VERB_IS_TAKEN(update);
    HOLDFAST_VERB_IS_TAKEN(create);
    HOLDFAST_VERB_IS_TAKEN(replace);
    HOLDFAST_VERB_IS_TAKEN(remove);
    HOLDFAST_VERB_IS_TAKEN(put);
    HOLDFAST_VERB_IS_TAKEN(keys);
    HOLDFAST_VERB_IS_TAKEN(entries);
    HOLDFAST_VERB_IS_TAKEN(lock);
    HOLDFAST_VERB_IS_TAKEN(try_lock);
    HOLDFAST_VERB_IS_TAKEN(holder);
    HOLDFAST_VERB_IS_TAKEN(force_unlock);
    HOLDFAST_VERB_IS_TAKEN(transaction);
    HOLDFAST_VERB_IS_TAKEN(purge);
    HOLDFAST_VERB_IS_TAKEN(history);
    HOLDFAST_VERB_IS_TAKEN(version);
    HOLDFAST_VERB_IS_TAKEN(rollback);
    HOLDFAST_VERB_IS_TAKEN(pin);
    HOLDFAST_VERB_IS_TAKEN(renew);
    HOLDFAST_VERB_IS_TAKEN(unpin);
    HOLDFAST_VERB_IS_TAKEN(pins);
    HOLDFAST_VERB_IS_TAKEN(prune);
    HOLDFAST_VERB_IS_TAKEN(storage);
    HOLDFAST_VERB_IS_TAKEN(locking);
    HOLDFAST_VERB_IS_TAKEN(serialization);
    explain_inner_names<Verbs>();
    if constexpr (on_locked) {
        HOLDFAST_VERB_IS_TAKEN(key);
        HOLDFAST_VERB_IS_TAKEN(epoch);
        HOLDFAST_VERB_IS_TAKEN(reliable_until);
        HOLDFAST_VERB_IS_TAKEN(confirm);
        HOLDFAST_VERB_IS_TAKEN(release);
        HOLDFAST_VERB_IS_TAKEN(guard);
    }
    return true;
}
#undef HOLDFAST_VERB_IS_TAKEN

template <class Verbs, bool on_locked>
    requires std::is_final_v<Verbs>
consteval bool explain_names() {
    static_assert(!std::is_final_v<Verbs>, "holdfast: verbs that a policy brings are a base of stores: not final");
    return false;
}

/// A template of types, whatever they are.
template <template <class...> class>
inline constexpr bool is_template = true;

template <class P>
concept MeansVerbs = requires { typename P::Verbs; } || requires { is_template<P::template Verbs>; };
template <class P>
concept MeansKeyVerbs = requires { typename P::KeyVerbs; } || requires { is_template<P::template KeyVerbs>; };

template <class P, class Store>
consteval bool explain_verbs_of() {
    static_assert(BringsVerbs<P, Store> || !MeansVerbs<P>,
                  "holdfast: nobody would use these 'Verbs'; a policy brings verbs as 'template <class Store> class "
                  "Verbs'");
    // Else only a store would have them, or only its locked keys.
    static_assert((BringsKeyVerbs<P, Store, KeyView> && BringsKeyVerbs<P, Store>) || !MeansKeyVerbs<P>,
                  "holdfast: nobody would use these 'KeyVerbs'; a policy brings what writes one key as 'template "
                  "<class Self, class... At> class KeyVerbs'");
    if constexpr (BringsVerbs<P, Store>) explain_names<typename P::template Verbs<Store>, false>();
    if constexpr (BringsKeyVerbs<P, Store, KeyView>)
        explain_names<typename P::template KeyVerbs<Store, KeyView>, true>();
    return true;
}

/// Policies that bring nothing bring different nothings.
template <class... Verbs>
inline constexpr bool all_differ = true;
template <class First, class... Rest>
inline constexpr bool all_differ<First, Rest...> = (!std::same_as<First, Rest> && ...) && all_differ<Rest...>;

template <class Store>
consteval bool explain_verbs() {
    explain_verbs_of<StorageOf<Store>, Store>();
    explain_verbs_of<LockingOf<Store>, Store>();
    explain_verbs_of<VersioningOf<Store>, Store>();
    explain_verbs_of<SerializationOf<Store>, Store>();
    static_assert(
        all_differ<typename VerbsOf<StorageOf<Store>, Store>::type, typename VerbsOf<LockingOf<Store>, Store>::type,
                   typename VerbsOf<VersioningOf<Store>, Store>::type,
                   typename VerbsOf<SerializationOf<Store>, Store>::type> &&
            all_differ<typename KeyVerbsOf<StorageOf<Store>, Store, KeyView>::type,
                       typename KeyVerbsOf<LockingOf<Store>, Store, KeyView>::type,
                       typename KeyVerbsOf<VersioningOf<Store>, Store, KeyView>::type,
                       typename KeyVerbsOf<SerializationOf<Store>, Store, KeyView>::type>,
        "holdfast: two policies of a store bring one class as their verbs: derive another from it");
    constexpr bool there = !StoreTypes<Store>::historic || Defined<HistoryVerbs<Store, StoreTypes<Store>::historic>>;
    static_assert(there,
                  "holdfast: this versioning policy keeps versions, and the verbs for them are declared only; include "
                  "<holdfast/versioning/history/verbs.hpp>");
    return there;
}

}  // namespace holdfast::detail

#endif
