// Elements of the page, which must be there, and what is said in them.

/** The element with this id. */
export function element<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`The page has no ${id}.`);
  return found;
}

/** The first element inside `parent` that the selector finds. */
export function part(parent: ParentNode, selector: string): HTMLElement {
  const found = parent.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`The page has no ${selector}.`);
  return found;
}

/** A copy of the list item in the template with this id. */
export function copyOf(id: string): HTMLElement {
  return part(element(id, HTMLTemplateElement).content.cloneNode(true) as DocumentFragment, "li");
}

/** A new element with these properties and children. */
export function made<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

export function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
