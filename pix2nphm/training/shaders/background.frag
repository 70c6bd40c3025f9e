#version 330
// A piece of a place, blurred by `blur` mip levels, or a gradient between two colours.
uniform sampler2DArray places;
uniform float layer;
uniform vec4 window;  // left, top, width, height, 0..1
uniform float blur;
uniform vec3 plain_from;
uniform vec3 plain_to;
uniform vec2 plain_axis;
uniform float plain;  // 0: place, 1: gradient
uniform float colourful;

in vec2 place;
layout(location = 0) out vec4 colour_target;
layout(location = 1) out vec4 canonical_target;
layout(location = 2) out vec4 normal_target;

void main() {
    vec3 there = textureLod(places, vec3(window.xy + window.zw * place, layer), blur).rgb;
    vec3 gradient = mix(plain_from, plain_to, clamp(dot(place - 0.5, plain_axis) + 0.5, 0.0, 1.0));
    vec3 colour = mix(there, gradient, plain);
    colour_target = vec4(mix(vec3(dot(colour, vec3(0.3, 0.6, 0.1))), colour, colourful), 1.0);
    canonical_target = vec4(0.0);
    normal_target = vec4(0.5, 0.5, 0.5, 0.0);
}
