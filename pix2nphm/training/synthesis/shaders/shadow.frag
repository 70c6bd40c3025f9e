#version 330
// What the sun sees: depth alone.
void main() {}
