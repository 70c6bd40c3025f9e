/**
 * A `trigger` for an event of which the newest counts. With trigger_mode "always_last" Gradio 6.31 sends a deferred
 * event with the data of the one before it: as one object is sent each time, kept up to date, that is the newest data.
 */
export function newest(trigger) {
  const message = {};
  return (data) => trigger(Object.assign(message, data));
}
