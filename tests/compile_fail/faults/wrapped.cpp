// says: what is expected ends with its line, and this would be checked by nobody
// says: wrapped.cpp:5:
//
// expect: one long sentence, of which only the beginning is
// looked for

int main() {}
