#ifndef HOLDFAST_TESTING_LAWS_WATCHED_HPP
#define HOLDFAST_TESTING_LAWS_WATCHED_HPP

#include <holdfast/layer/layer.hpp>
#include <holdfast/testing/laws/borrowed.hpp>

#include <functional>
#include <type_traits>
#include <utility>

namespace holdfast::testing::law {

/// A storage by reference, where a law looks at each call before it is made, lets others act in between, and decides
/// what becomes of it.
template <StoragePolicy S>
class Watched : public Layer<Watched<S>, Borrowed<S>, 1> {
public:
    enum class Way : unsigned char {
        pass,        ///< it is made, and what it did is told
        refused,     ///< it is not made, and fails by an `Error`
        lost,        ///< it is not made, and a write is said to be unknown
        reply_lost,  ///< it is made, and a write is said to be unknown
        echoed,      ///< it is made twice, and what the second time did is told
    };
    static constexpr Errc planned = Errc::out_of_space;
    Errc fails_by = planned;  ///< what a call that is not made fails by

    explicit Watched(S& storage) : Layer<Watched<S>, Borrowed<S>, 1>(Borrowed<S>(storage)) {}

    /// Called by the thread of the call. Empty: every call passes.
    std::function<Way(Operation const&)> on_call;
    std::function<void(Operation const&)> on_applied;  ///< a write that passed was applied

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        Way const way = on_call ? on_call(operation) : Way::pass;
        if (way == Way::reply_lost || way == Way::echoed) (void)call();
        if (way == Way::pass || way == Way::echoed) return looked_at(operation, call());
        Error why = Error(fails_by, "planned").during(name(operation.kind));
        if constexpr (std::is_same_v<R, Result<WriteOutcome>>) {
            if (way != Way::refused) return WriteOutcome::unknown(std::move(why));
        }
        return why;
    }

private:
    template <class R>
    R looked_at(Operation const& operation, R done) {
        if constexpr (std::is_same_v<R, Result<WriteOutcome>>) {
            if (on_applied && done && done->kind() == WriteOutcome::Kind::applied) on_applied(operation);
        }
        return done;
    }
};

}  // namespace holdfast::testing::law

#endif
