// says: is refused, but not with: what nobody says
//
// The line at fault holds the sentence itself, and compilers repeat such lines.
//
// expect: what nobody says

int main() {
#ifndef HOLDFAST_ACCEPT
    return undeclared;  // what nobody says
#endif
}
