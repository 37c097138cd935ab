// What nearly every test of the core includes, parsed once for all of them.

#include <holdfast/holdfast.hpp>
#include <holdfast/locking/lease_lock.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
