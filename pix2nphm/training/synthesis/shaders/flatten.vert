#version 330
// Lays the skin of the mean head flat: its texture is the same for all heads.
in vec3 flat_place;  // across, down and depth, 0..1
in uvec2 seen;      // as in surface.vert
in uvec2 mirrored;
in vec4 trust;
in vec4 fill;

out vec2 surface_seen;
out vec2 surface_mirrored;
out vec3 surface_trust;
out vec3 surface_fill;

void main() {
    gl_Position = vec4(2.0 * flat_place - 1.0, 1.0);
    surface_seen = vec2(seen) / 65535.0;
    surface_mirrored = vec2(mirrored) / 65535.0;
    surface_trust = trust.xyz;
    surface_fill = fill.rgb * (1.0 - trust.x - trust.y);
}
