// Skin and scalp: the donor's photograph, its mirror image, or a colour diffused from what was seen. Clothes below.
uniform sampler2D photograph;
uniform float hair_grain;  // strength of made-up strands where the photograph shows none
uniform vec3 clothing;
uniform vec3 shirt;
uniform float collar;      // canonical height of the clothes' upper edge

void main() {
    vec3 n = normalize(surface_normal);
    float height = surface_canonical.y + 0.12 * surface_canonical.z;
    if (height < collar) {
        float open = surface_canonical.z - 0.35 - 1.2 * abs(surface_canonical.x - 0.5);
        bool folded = abs(height - collar + 0.004) < 0.002;
        emit(mix(clothing, shirt, smoothstep(-0.01, 0.01, open)) * (folded ? 0.8 : 1.0), 1.0, vec3(0.0), n, 0.0);
        return;
    }
    float strand = texture(grain, surface_canonical.xz * 3.0 + surface_canonical.y).r - 0.5;
    vec3 fill = surface_fill * (1.0 + strand * mix(0.05, hair_grain, surface_trust.z));
    vec3 photo = surface_trust.x * texture(photograph, surface_seen).rgb
        + surface_trust.y * texture(photograph, surface_mirrored).rgb + fill;
    emit(photo, 1.0, vec3(0.0), n, 1.0);
}
