/** An element with properties and children. Texts are set as text: a name typed by a visitor is never markup. */
export function make(tag, properties = {}, children = []) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
