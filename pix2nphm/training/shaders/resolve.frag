#version 330
// The finished picture: each pixel the mean of four.
uniform sampler2D fine;

in vec2 place;
out vec4 colour;

void main() { colour = texture(fine, place); }
