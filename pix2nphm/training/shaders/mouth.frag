// Teeth, gums, tongue and the inside of the mouth, painted; darker the deeper.
uniform vec2 mouth_depth;  // canonical z: where it is dark, where it is bright
uniform vec3 teeth_tint;

void main() {
    vec3 n = normalize(surface_normal);
    float deep = smoothstep(mouth_depth.x, mouth_depth.y, surface_canonical.z);
    emit(lit(linear(surface_paint * teeth_tint), n) * mix(0.02, 0.8, deep * deep), n, 0.0);
}
