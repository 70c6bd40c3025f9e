// What is being done, said in the picture; and while it is, that the head on show is not yet the new one.

export class Status {
  constructor(stage, props, watch) {
    this.stage = stage;
    this.line = stage.querySelector(".working");
    const show = () => this.say(props.working ?? "");
    watch("working", show);
    show();
  }

  say(text) {
    if (this.line.textContent === text) return;
    if (!text || !this.line.textContent) this.stage.classList.toggle("waiting", Boolean(text));
    this.line.textContent = text;
  }

  /** The head on show is the new one, and `text` what is done from now on; null where nobody said. */
  arrived(text) {
    this.stage.classList.remove("waiting");
    if (text !== null) this.say(text);
  }
}
