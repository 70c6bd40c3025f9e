#version 330
// What every surface shader shares: its inputs and its targets.
in vec3 surface_canonical;
in vec3 surface_normal;
in vec3 surface_light;
in vec2 surface_sun;
in vec3 surface_shadow;
in vec3 surface_paint;
in float surface_height;
in vec2 surface_seen;
in vec2 surface_mirrored;
in vec3 surface_trust;
in vec3 surface_fill;
in float surface_lift;

layout(location = 0) out vec4 colour_target;
layout(location = 1) out vec4 canonical_target;  // and the mask
layout(location = 2) out vec4 normal_target;     // camera frame, 0..1 for -1..1

const float SHADOW_BIAS = 0.012;

uniform sampler2D grain;
uniform sampler2DShadow shadows;
uniform vec3 sun_colour;
uniform float gloss;

// Squares and roots stand for the sRGB curve: a software rasteriser pays for powers.
void emit(vec3 albedo, float shade, vec3 glint, vec3 n_camera, float mask) {
    vec3 light = albedo * albedo * surface_light;
    if (sun_colour.g > 0.0) {
        float sunny = texture(shadows, surface_shadow - vec3(0.0, 0.0, SHADOW_BIAS));
        light += sun_colour * sunny * (albedo * albedo * surface_sun.x + gloss * surface_sun.y);
    }
    colour_target = vec4(sqrt(light * shade + glint), 1.0);
    canonical_target = vec4(surface_canonical, mask);
    normal_target = vec4(0.5 + 0.5 * n_camera, 1.0);
}
