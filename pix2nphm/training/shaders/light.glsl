#version 330
// What every surface shader shares: its inputs, its targets and the light.
in vec3 surface_canonical;
in vec3 surface_normal;
in vec3 surface_paint;
in vec3 surface_position;
in vec2 surface_seen;
in vec2 surface_mirrored;
in vec4 surface_trust;
in vec3 surface_fill;

layout(location = 0) out vec4 colour_target;
layout(location = 1) out vec4 canonical_target;  // and the mask
layout(location = 2) out vec4 normal_target;     // camera frame, 0..1 for -1..1

uniform mat3 camera_from_head;
uniform mat3 world_from_camera;  // world: +y up
uniform vec3 irradiance[9];      // spherical harmonics of irradiance over a mean of one
uniform float relight;           // 0: as photographed, 1: fully in the new light
uniform vec3 sun_direction;      // camera frame, towards the light
uniform vec3 sun_colour;
uniform float exposure;

vec3 linear(vec3 colour) { return pow(colour, vec3(2.2)); }
vec3 encoded(vec3 light) { return pow(clamp(light, 0.0, 1.0), vec3(1.0 / 2.2)); }

vec3 irradiance_at(vec3 n_camera) {
    vec3 n = world_from_camera * n_camera;
    return irradiance[0] + irradiance[1] * n.y + irradiance[2] * n.z + irradiance[3] * n.x
        + irradiance[4] * n.x * n.y + irradiance[5] * n.y * n.z + irradiance[6] * (3.0 * n.z * n.z - 1.0)
        + irradiance[7] * n.x * n.z + irradiance[8] * (n.x * n.x - n.y * n.y);
}

// albedo is linear light; so is the result
vec3 lit(vec3 albedo, vec3 n_camera) {
    vec3 around = mix(vec3(1.0), max(irradiance_at(n_camera), 0.03), relight);
    vec3 sun = sun_colour * max(dot(n_camera, sun_direction), 0.0);
    return albedo * (around + sun) * exposure;
}

float noise(vec3 p) { return fract(sin(dot(p, vec3(12.9898, 78.233, 37.719))) * 43758.5453); }

float smooth_noise(vec3 p) {
    vec3 i = floor(p), f = fract(p);
    f = f * f * (3.0 - 2.0 * f);
    vec4 low = vec4(noise(i), noise(i + vec3(1, 0, 0)), noise(i + vec3(0, 1, 0)), noise(i + vec3(1, 1, 0)));
    vec4 high = vec4(noise(i + vec3(0, 0, 1)), noise(i + vec3(1, 0, 1)), noise(i + vec3(0, 1, 1)), noise(i + vec3(1, 1, 1)));
    vec4 z = mix(low, high, f.z);
    vec2 y = mix(z.xy, z.zw, f.y);
    return mix(y.x, y.y, f.x);
}

void emit(vec3 light, vec3 n_camera, float mask) {
    colour_target = vec4(encoded(light), 1.0);
    canonical_target = vec4(surface_canonical, mask);
    normal_target = vec4(0.5 + 0.5 * n_camera, 1.0);
}
