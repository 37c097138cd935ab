// The bad line to an object store: what is lost, late or doubled, and what a listing shows meanwhile.

#include <holdfast/object/memory_objects.hpp>
#include <holdfast/testing/late_objects.hpp>

#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace late_objects_test {

using namespace holdfast;
using testing::Delivery;
using Late = testing::LateObjects<MemoryObjects>;
using Kind = WriteOutcome::Kind;

Context context() { return Context(Environment::system(), endless); }

/// What came of a put: its outcome, or '!' if it was refused; and what is there then.
std::string put(Late& objects, std::string_view body, Precondition const& when = Precondition::none()) {
    auto const done = objects.put(context(), "k", {&body, 1}, when);
    std::string told = !done ? "!" : done->kind() == Kind::applied ? "applied" : done->kind() == Kind::conflict ? "conflict" : "unknown";
    auto const now = objects.objects().get(context(), {.name = "k"}).value();
    return told + ", " + (now.kind == Fetched::Kind::absent ? "nothing" : std::string(now.body.view()));
}
void next(Late& objects, Delivery way) {
    objects.on_write() = [way, first = true](unsigned) mutable { return std::exchange(first, false) ? way : Delivery::intact(); };
}
std::string listed(Late const& objects) {
    std::string all;
    for (auto const& one : objects.list(context(), {}).value().objects) all += one.name + std::to_string(one.size) + " ";
    return all;
}

TEST_CASE("late objects: each way of delivery is what it says", "[object]") {
    Late objects{MemoryObjects()};
    CHECK(put(objects, "a") == "applied, a");
    next(objects, Delivery::not_sent());
    CHECK(put(objects, "b") == "!, a");
    next(objects, Delivery::lost());
    CHECK(put(objects, "c") == "unknown, a");
    CHECK(objects.in_flight() == 0);
    next(objects, Delivery::reply_lost());
    CHECK(put(objects, "d") == "unknown, d");
    next(objects, Delivery::late());
    CHECK(put(objects, "e") == "unknown, d");
    CHECK(objects.in_flight() == 1);
    CHECK(put(objects, "f") == "applied, f");
    objects.arrive(context(), 0);
    CHECK(objects.in_flight() == 0);
    CHECK(objects.objects().get(context(), {.name = "k"})->body.view() == "e");
    next(objects, Delivery::twice(2));
    CHECK(put(objects, "g") == "applied, g");
    CHECK(put(objects, "h") == "applied, h");  // one operation later
    CHECK(objects.get(context(), {.name = "k"})->body.view() == "g");  // two
    next(objects, Delivery::twice_reply_lost());
    CHECK(put(objects, "i") == "unknown, i");
    CHECK(objects.in_flight() == 1);
    // A condition is checked when a copy arrives.
    next(objects, Delivery::late());
    CHECK(put(objects, "j", Precondition::absent()) == "unknown, i");
    objects.arrive(context(), 1);
    CHECK(objects.objects().get(context(), {.name = "k"})->body.view() == "i");
}

TEST_CASE("late objects: a late removal removes, and reads fail when they are told to", "[object]") {
    Late objects{MemoryObjects()};
    CHECK(put(objects, "a") == "applied, a");
    next(objects, Delivery::late(1));
    CHECK(objects.remove(context(), "k", Precondition::none())->kind() == Kind::unknown);
    CHECK(objects.objects().get(context(), {.name = "k"})->kind == Fetched::Kind::found);
    CHECK(objects.get(context(), {.name = "k"})->kind == Fetched::Kind::absent);
    objects.read_fails() = [](unsigned nth) { return nth == 2; };
    CHECK(objects.get(context(), {.name = "k"}));  // the second read of this store
    CHECK(objects.get(context(), {.name = "k"}).error() == Errc::unavailable);
    CHECK(objects.get(context(), {.name = "k"}));
    CHECK(objects.operations() == 6);
}

TEST_CASE("late objects: listings are behind by as many operations as they are told", "[object]") {
    Late objects{MemoryObjects()};
    objects.list_behind(3);
    CHECK(put(objects, "aa") == "applied, aa");
    CHECK(listed(objects).empty());
    CHECK(listed(objects).empty());
    CHECK(listed(objects) == "k2 ");
    REQUIRE(objects.remove(context(), "k", Precondition::none()));
    CHECK(listed(objects) == "k2 ");
    CHECK(listed(objects) == "k2 ");
    CHECK(listed(objects).empty());
    CHECK(put(objects, "bbb") == "applied, bbb");
    objects.list_behind(0);
    CHECK(listed(objects) == "k3 ");
}

TEST_CASE("late objects: copies land while others write, from every thread", "[object]") {
    Late objects{MemoryObjects()};
    objects.list_behind(5);
    objects.on_write() = [](unsigned nth) { return nth % 3 == 0 ? Delivery::twice(nth % 7) : Delivery::intact(); };
    std::vector<std::thread> threads;
    for (int me = 0; me < 4; ++me)
        threads.emplace_back([&objects, me] {
            for (int i = 0; i < 500; ++i) {
                std::string const name = "k" + std::to_string((i + me) % 5), body = std::to_string(i);
                std::string_view const part = body;
                if (i % 5 == 4) (void)objects.remove(context(), name, Precondition::none());
                else (void)objects.put(context(), name, {&part, 1}, Precondition::none());
            }
        });
    for (auto& thread : threads) thread.join();
    objects.on_write() = nullptr;
    while (objects.in_flight() > 0) objects.arrive(context(), 0);
    for (int i = 0; i < 6; ++i) (void)objects.get(context(), {.name = "k0"});
    std::string const late = listed(objects);
    objects.list_behind(0);
    CHECK(listed(objects) == late);  // the last that took effect is what is shown
}

}  // namespace late_objects_test
