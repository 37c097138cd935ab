// A layer wraps any storage and sees every operation pass: here it counts them. The laws say that nothing is lost.

#include <holdfast/layer/layer.hpp>
#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>
#include <holdfast/testing/laws/layers.hpp>

#include <atomic>
#include <iostream>

using namespace holdfast;

struct Counts {
    std::atomic<int> reads{0}, writes{0};
};

template <StoragePolicy Next>
class Counting : public Layer<Counting<Next>, Next, 3> {
public:
    Counting(Next next, Counts& counts) : Layer<Counting<Next>, Next, 3>(std::move(next)), counts_(&counts) {}

    template <class R, class Call>
    R around(Context const&, Operation const& operation, Call&& call) {
        ++(operation.writes_something() ? counts_->writes : counts_->reads);
        return call();
    }

private:
    Counts* counts_;
};

int main() {
    Counts counts;
    StateStore<int, Counting<MemoryStorage>> store(Counting(MemoryStorage(), counts));
    store.update("n", [](int& n) { ++n; }).value();
    std::cout << "an update: " << counts.reads << " read, " << counts.writes << " write\n";
    bool const once = counts.reads == 1 && counts.writes == 1;

    auto const found = testing::check_layer([&](auto storage) { return Counting(std::move(storage), counts); });
    std::cout << found.text();
    return once && found.empty() ? 0 : 1;
}
