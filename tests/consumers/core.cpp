#include <holdfast/core/key.hpp>
#include <holdfast/version.hpp>

int main() {
    auto const key = holdfast::Key::parse("a/b");
    return key && key->view() == "a/b" && !holdfast::Key::parse("a\n") ? 0 : 1;
}
