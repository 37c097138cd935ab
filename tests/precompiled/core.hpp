// The header of the same name is compiled with this.
// What nearly every test of the core includes, parsed once for all of them. No policy but the defaults: what a policy
// changes is compiled where it is known.

#include <holdfast/state_store.hpp>
#include <holdfast/testing/environment.hpp>

#include <catch2/catch_template_test_macros.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>
