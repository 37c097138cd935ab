// Every header as clang sees it when it optimizes; g++ compiles them for the test of one definition.
//
// flags:
// headers: -O2
// link: nothing

int main() {}
