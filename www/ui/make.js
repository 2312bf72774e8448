// @ts-check
// Makes an element in one expression. Texts go in as text: titles are data.

/**
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Document} document
 * @param {Name} name
 * @param {Record<string, string | undefined>} [attributes] those that are undefined are left out
 * @param {(string | Node)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
export function make(document, name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
