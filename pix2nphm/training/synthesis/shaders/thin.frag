#version 330
// The maps, thinned: one sample of each block of `stride` pixels, never a mean across an edge.
uniform sampler2D canonical;
uniform sampler2D normal;
uniform int stride;

in vec2 place;
layout(location = 0) out vec4 canonical_target;
layout(location = 1) out vec4 normal_target;

void main() {
    ivec2 texel = ivec2(gl_FragCoord.xy) * stride + stride / 2;
    canonical_target = texelFetch(canonical, texel, 0);
    vec4 n = texelFetch(normal, texel, 0);
    normal_target = n.a > 0.5 ? n : vec4(128.0 / 255.0);
}
