// Teeth, gums, tongue and the inside of the mouth, painted; darker the deeper.
uniform vec2 mouth_depth;  // canonical z: where it is dark, where it is bright
uniform vec3 teeth_tint;

void main() {
    float deep = smoothstep(mouth_depth.x, mouth_depth.y, surface_canonical.z);
    emit(surface_paint * teeth_tint, mix(0.02, 0.75, deep * deep), vec3(0.0), normalize(surface_normal), 0.0);
}
