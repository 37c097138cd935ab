// The header of the same name is compiled with this.
