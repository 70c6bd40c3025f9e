// Skin and scalp: the donor's photograph, its mirror image, or a colour diffused from what was seen.
uniform sampler2D photograph;
uniform vec3 clothing;
uniform vec3 shirt;
uniform float collar;       // 0..1 canonical height below which there are clothes
uniform float hair_grain;   // strength of made-up strands where the photograph shows none

void main() {
    vec3 n = normalize(surface_normal);
    float direct = surface_trust.x, other = surface_trust.y, scalp = surface_trust.z;
    vec3 strands = 400.0 * surface_position * vec3(1.0, 0.25, 0.6);
    float grain = smooth_noise(strands) + 0.5 * smooth_noise(2.3 * strands) - 0.75;
    vec3 fill = surface_fill * (1.0 + grain * mix(0.06, hair_grain, scalp));
    vec3 photo = direct * texture(photograph, surface_seen).rgb + other * texture(photograph, surface_mirrored).rgb
        + (1.0 - direct - other) * fill;
    float dressed = smoothstep(collar + 0.004, collar - 0.004, surface_canonical.y - 0.25 * surface_canonical.z);
    float front = surface_canonical.z - 0.6 - 1.5 * abs(surface_canonical.x - 0.5);
    vec3 cloth = mix(clothing, shirt, smoothstep(-0.01, 0.01, front)) * (0.95 + 0.1 * grain);
    emit(lit(linear(mix(photo, cloth, dressed)), n), n, 1.0 - step(0.5, dressed));
}
