// A member that the description of a struct forgets would never be stored.
//
// link: json
// expect: holdfast: this struct has members that its description does not name, and they would never be stored
// expect: JsonRefuses<Cursor>

#include <holdfast/serialization/json.hpp>
#include <holdfast/state_store.hpp>

#include <any>
#include <array>
#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

struct Cursor {
    std::string date;
    long rows = 0;
};
#ifdef HOLDFAST_ACCEPT
BOOST_HANA_ADAPT_STRUCT(Cursor, date, rows);
#else
BOOST_HANA_ADAPT_STRUCT(Cursor, date);
static_assert(!holdfast::SerializationPolicy<holdfast::Json, Cursor>);
#endif

struct Pipeline {
    std::vector<std::optional<Cursor>> cursors;
};
BOOST_HANA_ADAPT_STRUCT(Pipeline, cursors);

// What is counted, whatever the members are.
namespace {

using holdfast::detail::forgets_members;

template <class T, std::size_t Members>
constexpr bool exact = !forgets_members<T, Members>() && forgets_members<T, Members - 1>();

struct Nothing {};
struct Nothing2 {};
struct Pair {
    int x = 0, y = 0;
};
struct Containers {
    std::string a;
    std::optional<Pair> b{};
    std::vector<Containers> c;
    std::map<std::string, Containers> d;
    std::array<int, 3> e{};
};
static_assert(exact<Containers, 5>);
struct Odd {
    std::mutex a;
    std::atomic<int> b;
    std::unique_ptr<int> c;
    std::function<void()> d;
    [[no_unique_address]] Nothing e;
    int f : 3;
    int : 5;
    double g = 5;
    union {
        int h;
        float i;
    };
    int* j;
    int k{3};
};
static_assert(exact<Odd, 10>);
struct Nested {
    Pair a, b;
    int c;
};
static_assert(exact<Nested, 3>);
struct OfOne {
    std::vector<OfOne> a;
};
static_assert(exact<OfOne, 1>);

struct Derived : Pair {
    int z = 0;
};
struct OfEmptyBases : Nothing, Nothing2 {
    int a = 0, b = 0;
};
struct Deep : OfEmptyBases, Pair {
    int c = 0;
};
struct OfClass : std::string {
    int z = 0;
};
static_assert(exact<Derived, 3> && exact<OfEmptyBases, 2> && exact<Deep, 5> && exact<OfClass, 2>);

struct WithArray {
    int a;
    int b[3];
};
static_assert(forgets_members<WithArray, 1>());

// Members that can be made of everything.
struct Greedy {
    template <class T>
    explicit(false) Greedy(T&&) {}
};
struct TakesAll {
    int a;
    std::any any;
    std::tuple<std::any> several;
    std::optional<std::any> perhaps;
    Greedy greedy;
    int b;
};
static_assert(exact<TakesAll, 6>);

struct M54 {
    int a0, a1, a2, a3, a4, a5, a6, a7, a8, b0, b1, b2, b3, b4, b5, b6, b7, b8, c0, c1, c2, c3, c4, c5, c6, c7, c8, d0,
        d1, d2, d3, d4, d5, d6, d7, d8, e0, e1, e2, e3, e4, e5, e6, e7, e8, f0, f1, f2, f3, f4, f5, f6, f7, f8;
};
static_assert(exact<M54, 54>);

// What is no aggregate cannot be counted.
class Closed {
public:
    explicit Closed(int a = 0) : a_(a), b_(a) {}
    int sum() const { return a_ + b_; }

private:
    int a_, b_;
};
static_assert(!forgets_members<Closed, 1>() && !forgets_members<Nothing, 0>());

struct Cache {
    int state = 0, hits = 0;
    void* open = nullptr;
};
struct Uncounted {
    int state = 0, hits = 0;
};

}  // namespace

// Said to be no state; a third one would be noticed.
template <>
inline constexpr std::size_t holdfast::members_not_stored<Cache> = 2;
template <>
inline constexpr std::size_t holdfast::members_not_stored<Uncounted> = static_cast<std::size_t>(-1);
static_assert(!forgets_members<Cache, 1>() && forgets_members<Cache, 0>() && !forgets_members<Uncounted, 1>());

int main() {
    holdfast::StateStore<Pipeline> store;
    return store.create("k", Pipeline{{Cursor{"2024", 7}, std::nullopt}}) ? 0 : 1;
}
