// The attributes of `<osusume-related>`, each of which is a property too: frameworks set properties
// where there are some.

export const ATTRIBUTES = [
  'manifest',
  'item',
  'limit',
  'model',
  'href',
  'label',
  'images',
  'public-key',
] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

/** The attribute that is there or not. */
const SWITCH = 'images';

const propertyOf = (name: Attribute) => (name === 'public-key' ? 'publicKey' : name);

/** Defines a property for each attribute. */
export function defineProperties(prototype: HTMLElement): void {
  for (const name of ATTRIBUTES) {
    Object.defineProperty(prototype, propertyOf(name), {
      configurable: true,
      enumerable: true,
      get(this: HTMLElement) {
        return name === SWITCH ? this.hasAttribute(name) : this.getAttribute(name);
      },
      set(this: HTMLElement, value: unknown) {
        const isOff = value === null || value === undefined || (name === SWITCH && value === false);
        if (isOff) this.removeAttribute(name);
        else this.setAttribute(name, name === SWITCH ? '' : String(value));
      },
    });
  }
}

/** Takes over what was set before the element was defined: those values hide the properties. */
export function takeEarlyValues(element: HTMLElement): void {
  for (const property of ATTRIBUTES.map(propertyOf)) {
    if (!Object.hasOwn(element, property)) continue;
    const value = Reflect.get(element, property);
    Reflect.deleteProperty(element, property);
    Reflect.set(element, property, value);
  }
}
