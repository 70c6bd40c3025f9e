#version 330
// The colour of the skin as skin.frag has it, without strands and light.
uniform sampler2D photograph;

in vec2 surface_seen;
in vec2 surface_mirrored;
in vec3 surface_trust;
in vec3 surface_fill;

layout(location = 0) out vec4 colour;

void main() {
    vec3 photo = surface_trust.x * texture(photograph, surface_seen).rgb
        + surface_trust.y * texture(photograph, surface_mirrored).rgb + surface_fill;
    colour = vec4(photo, 1.0);
}
