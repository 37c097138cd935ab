// says: what is expected begins a comment line, and this would be checked by nobody
// says: carried_over.cpp:7:
//
// A formatter has filled up the line of the first with the second.
//
// expect: no
// such thing expect: and no other

int main() {}
