// says: what is expected begins a comment line, and this would be checked by nobody
// says: of_nobody.cpp:5:
//
// expect: error
// expect-icc: error

int main() {}
