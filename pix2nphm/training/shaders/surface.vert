#version 330
// Places a head in the picture: frames.Camera as a clip-space transform. Row 0 of the target is the top of the picture.
uniform mat3 camera_from_head;
uniform float scale;             // px per metre
uniform vec2 centre;             // px
uniform float inverse_distance;  // 1/m
uniform float size;              // px
uniform vec2 depth_range;        // metres behind the head's origin: near, far

in vec3 position;   // head frame, metres
in vec3 normal;     // head frame
in vec3 canonical;  // 0..1 over the template's box
in vec3 paint;      // what this vertex is painted with: the mouth's colours, an eyeball's directions
in uvec2 seen;      // where the donor's photograph shows this vertex, 65535ths of the picture
in uvec2 mirrored;  // the same for the vertex on the other side
in vec4 trust;      // how well the photograph shows it; the same for the other side; scalp; neck
in vec4 fill;       // colour where it shows neither

out vec3 surface_canonical;
out vec3 surface_normal;  // camera frame
out vec3 surface_paint;
out vec3 surface_position;  // head frame
out vec2 surface_seen;
out vec2 surface_mirrored;
out vec4 surface_trust;
out vec3 surface_fill;

void main() {
    vec3 q = camera_from_head * position;
    float w = 1.0 + inverse_distance * q.z;
    float slope = (2.0 + inverse_distance * (depth_range.x + depth_range.y)) / (depth_range.y - depth_range.x);
    float start = -(1.0 + inverse_distance * depth_range.x) - slope * depth_range.x;
    gl_Position = vec4((centre * w + scale * q.xy) * (2.0 / size) - w, slope * q.z + start, w);
    surface_canonical = canonical;
    surface_normal = camera_from_head * normal;
    surface_paint = paint;
    surface_position = position;
    surface_seen = vec2(seen) / 65535.0;
    surface_mirrored = vec2(mirrored) / 65535.0;
    surface_trust = trust;
    surface_fill = fill.rgb;
}
