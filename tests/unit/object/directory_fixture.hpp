#ifndef HOLDFAST_TESTS_UNIT_OBJECT_DIRECTORY_FIXTURE_HPP
#define HOLDFAST_TESTS_UNIT_OBJECT_DIRECTORY_FIXTURE_HPP

#include <holdfast/object/directory_objects.hpp>

#include <unit/storage/file_fixture.hpp>

#include <string>
#include <string_view>

namespace directory_test {

using Objects = holdfast::DirectoryObjects<holdfast::Durability::none>;

inline Objects opened(std::string const& path) { return Objects::open(path).value(); }

inline holdfast::Result<holdfast::WriteOutcome>
put(Objects& objects, std::string_view name, std::string_view body = "x",
    holdfast::Precondition const& when = holdfast::Precondition::none()) {
    return objects.put(file_test::context(), name, {&body, 1}, when);
}

} // namespace directory_test

#endif
