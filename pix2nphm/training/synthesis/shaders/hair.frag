// Hair: a shell over the skin, combed down from the crown, ragged at its edges.
uniform vec3 hair_colour;
uniform float coarseness;

void main() {
    vec3 p = surface_canonical;
    float strand = texture(grain, vec2(1.7 * (p.x + 0.6 * p.z), 0.25 * p.y + 0.3 * p.z)).r
        + 0.6 * texture(grain, vec2(0.6 * (p.x - p.z), 0.1 * p.y) + 0.37).r - 0.8;
    if (surface_lift < max(0.001, 0.002 + 0.003 * strand)) discard;
    vec3 n = normalize(surface_normal);
    float deep = smoothstep(0.0, 0.008, surface_lift);
    emit(max(hair_colour * (1.0 + coarseness * strand), 0.0), mix(0.55, 1.0, deep), vec3(0.02 * max(strand, 0.0)), n, 0.0);
}
