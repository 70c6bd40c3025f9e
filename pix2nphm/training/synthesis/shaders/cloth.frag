// The shoulders.
uniform vec3 clothing;

void main() { emit(clothing, 1.0, vec3(0.0), normalize(surface_normal), 0.0); }
