// What is being done, said in the picture by the prop `working`; and while it is, that the head on show is one of before.

export class Status {
  coming = Promise.resolve(); // the mesh on its way: what came with it is said when it is there, so neither runs ahead

  constructor(stage, props, watch) {
    this.stage = stage;
    const line = stage.querySelector(".working");
    const show = async () => {
      await null; // the mesh of the same update is on its way by then
      await this.coming;
      const text = props.working ?? "";
      if (line.textContent === text) return;
      if (!text || !line.textContent) stage.classList.toggle("waiting", Boolean(text));
      line.textContent = text;
    };
    watch("working", show);
    show();
  }

  /** The head on show is the new one. */
  arrived() {
    this.stage.classList.remove("waiting");
  }
}
