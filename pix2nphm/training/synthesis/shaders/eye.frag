// An eyeball, painted: surface_paint is the direction from its centre in the template.
uniform vec3 gaze;            // head frame
uniform vec3 iris;            // colour
uniform vec3 sclera;          // colour
uniform vec2 pupil_iris;      // angular radii, radians
uniform vec2 lid_height;      // metres, head frame: right, left upper lid
uniform vec3 sun_direction;  // camera frame

void main() {
    vec3 n = normalize(surface_normal);
    vec3 direction = normalize(surface_paint);
    float angle = acos(clamp(dot(direction, gaze), -1.0, 1.0));
    float spokes = texture(grain, 0.3 * normalize(direction.xy - gaze.xy + 1e-5) + 0.2 * angle).r;
    vec3 white = sclera * (1.0 - 0.25 * smoothstep(0.3, 0.8, abs(direction.x)));
    vec3 ring = iris * (0.7 + 0.6 * spokes) * mix(1.2, 0.6, smoothstep(0.6 * pupil_iris.y, pupil_iris.y, angle));
    vec3 albedo = mix(ring, white, smoothstep(-0.04, 0.04, angle - pupil_iris.y));
    albedo = mix(vec3(0.05), albedo, smoothstep(-0.03, 0.03, angle - pupil_iris.x));
    float lid = surface_canonical.x < 0.5 ? lid_height.x : lid_height.y;
    float shade = mix(0.3, 0.9, smoothstep(-0.0005, 0.006, lid - surface_height));
    vec3 half_way = normalize(sun_direction + vec3(0.0, 0.0, -1.0));
    float glint = smoothstep(0.96, 0.985, dot(n, half_way)) * step(angle, pupil_iris.y * 1.2);
    emit(albedo, shade, vec3(0.6 * glint), n, 1.0);
}
