// An eyeball, painted: surface_paint is the direction from its centre in the template.
uniform vec3 gaze;        // head frame
uniform vec3 iris;        // colour
uniform vec3 sclera;      // colour
uniform vec2 pupil_iris;  // angular radii, radians
uniform vec2 lid_height;  // metres, head frame: right, left upper lid

void main() {
    vec3 n = normalize(surface_normal);
    vec3 direction = normalize(surface_paint);
    float angle = acos(clamp(dot(direction, gaze), -1.0, 1.0));
    vec3 across = direction - gaze * dot(direction, gaze);
    float turn = atan(across.y, across.x);
    float spokes = smooth_noise(vec3(12.0 * cos(turn), 12.0 * sin(turn), 20.0 * angle));
    vec3 albedo = linear(sclera) * (1.0 - 0.35 * smoothstep(0.5, 1.0, length(direction.xy - gaze.xy)));
    vec3 ring = linear(iris) * (0.6 + 0.8 * spokes) * mix(1.25, 0.45, smoothstep(0.6 * pupil_iris.y, pupil_iris.y, angle));
    albedo = mix(ring, albedo, smoothstep(-0.03, 0.03, angle - pupil_iris.y));
    albedo = mix(vec3(0.004), albedo, smoothstep(-0.02, 0.02, angle - pupil_iris.x));
    float lid = surface_position.x < 0.0 ? lid_height.x : lid_height.y;
    float shade = mix(0.35, 1.0, smoothstep(-0.0005, 0.005, lid - surface_position.y));
    vec3 half_way = normalize(sun_direction + vec3(0, 0, -1));
    float glint = smoothstep(0.97, 0.985, dot(n, half_way)) * step(angle, pupil_iris.y * 1.3);
    emit(lit(albedo, n) * shade + 0.7 * glint * exposure, n, 1.0);
}
