#version 330
// Places a head in the picture (frames.Camera as a clip-space transform; row 0 of the target is the picture's top)
// and lights it: the mesh is finer than the shading.
uniform mat3 camera_from_head;
uniform float scale;             // px per metre
uniform vec2 centre;             // px
uniform float inverse_distance;  // 1/m
uniform float size;              // px
uniform vec2 depth_range;        // metres behind the head's origin: near, far
uniform float lifted;            // 1 for hair, 0 for what is below it
uniform mat3 body_from_head;     // how the shoulders are turned against the head
uniform mat3 sun_from_head;      // 1/m: the sun's view of the head, -1..1
uniform float sun_view;          // 1 when it is the sun that looks, for the shadows

uniform mat3 world_from_camera;  // world: +y up
uniform vec3 irradiance[9];      // spherical harmonics, over the irradiance that leaves the portrait as it is
uniform float relight;           // 0: as photographed, 1: fully in the new light
uniform vec3 sun_direction;      // camera frame, towards the light
uniform float exposure;

in vec3 position;   // head frame, metres
in vec3 normal;     // head frame
in vec3 canonical;  // 0..1 over the template's box
in vec3 paint;      // what this vertex is painted with: the mouth's colours, an eyeball's directions
in uvec2 seen;      // where the donor's photograph shows this vertex, 65535ths of the picture
in uvec2 mirrored;  // the same for the vertex on the other side
in vec4 trust;      // how well the photograph shows it; the same for the other side; scalp; unused
in vec4 fill;       // colour where it shows neither
in float lift;      // metres that hair stands off the skin

out vec3 surface_canonical;
out vec3 surface_normal;  // camera frame
out vec3 surface_light;   // what an albedo is multiplied with, linear, but for the sun's part
out vec2 surface_sun;     // the sun's part; its reflection
out vec3 surface_shadow;  // place in the sun's view, 0..1
out vec3 surface_paint;
out float surface_height;  // head frame, metres
out vec2 surface_seen;
out vec2 surface_mirrored;
out vec3 surface_trust;
out vec3 surface_fill;
out float surface_lift;

const vec3 NECK_PIVOT = vec3(0.0, -0.09, -0.02);  // metres
const float NECK_TOP = 0.33, NECK_FOOT = 0.08;     // canonical heights where the neck begins to turn, and where it has

vec3 irradiance_at(vec3 n) {
    return irradiance[0] + irradiance[1] * n.y + irradiance[2] * n.z + irradiance[3] * n.x
        + irradiance[4] * n.x * n.y + irradiance[5] * n.y * n.z + irradiance[6] * (3.0 * n.z * n.z - 1.0)
        + irradiance[7] * n.x * n.z + irradiance[8] * (n.x * n.x - n.y * n.y);
}

void main() {
    float turned = smoothstep(NECK_TOP, NECK_FOOT, canonical.y);
    vec3 p = position + lifted * lift * normal;
    p = mix(p, NECK_PIVOT + body_from_head * (p - NECK_PIVOT), turned);
    vec3 n_head = mix(normal, body_from_head * normal, turned);
    vec3 in_sun = sun_from_head * p;
    surface_shadow = 0.5 + 0.5 * in_sun;
    if (sun_view > 0.5) {
        gl_Position = vec4(in_sun, 1.0);
        return;
    }
    vec3 q = camera_from_head * p;
    float w = 1.0 + inverse_distance * q.z;
    float slope = (2.0 + inverse_distance * (depth_range.x + depth_range.y)) / (depth_range.y - depth_range.x);
    float start = -(1.0 + inverse_distance * depth_range.x) - slope * depth_range.x;
    gl_Position = vec4((centre * w + scale * q.xy) * (2.0 / size) - w, slope * q.z + start, w);

    vec3 n = camera_from_head * n_head;
    surface_light = mix(vec3(1.0), max(irradiance_at(world_from_camera * n), 0.03), relight) * exposure;
    float shine = max(dot(n, normalize(sun_direction + vec3(0.0, 0.0, -1.0))), 0.0);
    shine *= shine * shine;  // 3, 9, 18: powers cost more
    shine *= shine * shine;
    surface_sun = vec2(max(dot(n, sun_direction), 0.0), shine * shine) * exposure;
    surface_normal = n;
    surface_canonical = canonical;
    surface_paint = paint;
    surface_height = position.y;
    surface_seen = vec2(seen) / 65535.0;
    surface_mirrored = vec2(mirrored) / 65535.0;
    surface_trust = trust.xyz;
    surface_fill = fill.rgb * (1.0 - trust.x - trust.y);
    surface_lift = lift;
}
