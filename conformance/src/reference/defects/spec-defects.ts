import type { Defect } from "./defect.ts";

type Spec = { config: { properties: Record<string, object>; required?: string[] }; capabilities?: object };

/** What a source and a destination can be made to do wrong in their spec. */
export const specDefects = {
  S1: { line: ({ type, text }) => (type === "spec" ? text + text : text) },
  S2: { line: ({ type, text }) => (type === "spec" ? text.replaceAll(/,?"secret":true/g, "") : text) },
  S3: changedSpec(({ config }) => {
    const one = (name: string) => ({ type: "object", properties: { [name]: { type: "string" } } });
    config.properties["choice"] = { oneOf: [one("a"), one("b")] };
  }),
  S4: changedSpec(({ config }) => {
    config.properties["region"] = { type: "string" };
    config.required = [...(config.required ?? []), "region"];
  }),
  S5: changedSpec((spec) => {
    delete spec.capabilities;
  }),
} satisfies Record<string, Defect<never>>;

function changedSpec(change: (spec: Spec) => void): Defect<never> {
  return {
    line({ type, text }) {
      if (type !== "spec") return text;
      const message = JSON.parse(text) as { type: string; spec: Spec };
      change(message.spec);
      return `${JSON.stringify(message)}\n`;
    },
  };
}
