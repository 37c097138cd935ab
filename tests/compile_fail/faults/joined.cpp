// says: what is expected begins a comment line, and this would be checked by nobody
// says: joined.cpp:6:
//
// A formatter has made one line of two.
//
// expect: called object type 'int' expect: not a function

int main() {}
