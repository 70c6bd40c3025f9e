#version 330
// The finished picture: the head, drawn finer than the picture, before a place (or a studio's gradient).
uniform sampler2D fine;
uniform sampler2DArray places;
uniform float layer;
uniform vec4 window;      // left, top, width, height, 0..1
uniform float blur;       // mip level
uniform vec3 plain_from;
uniform vec3 plain_to;
uniform vec2 plain_axis;
uniform float plain;      // 0: place, 1: gradient
uniform float colourful;  // 0: grey

in vec2 place;
out vec4 colour;

void main() {
    vec4 head = texture(fine, place);
    vec3 behind = plain > 0.5 ? mix(plain_from, plain_to, clamp(dot(place - 0.5, plain_axis) + 0.5, 0.0, 1.0))
        : textureLod(places, vec3(window.xy + window.zw * place, layer), blur).rgb;
    behind = mix(vec3(dot(behind, vec3(0.3, 0.6, 0.1))), behind, colourful);
    colour = vec4(head.rgb + (1.0 - head.a) * behind, 1.0);
}
