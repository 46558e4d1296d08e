import { Validator, type OutputUnit, type Schema } from "@cfworker/json-schema";
import { toErrorSchema, type RJSFValidationError, type ValidatorType } from "@rjsf/utils";

// Most validators of JSON Schema compile to code, which the page's content security policy forbids; this one does not.

/** Validates a form's data against its schema, without evaluating code. */
export const configValidator: ValidatorType = {
  validateFormData(data, schema) {
    const errors = problemsOf(schema as Schema, data ?? {}).map(formError);
    return { errors, errorSchema: toErrorSchema(errors) };
  },
  isValid: (schema, data) => data !== undefined && problemsOf(schema as Schema, data).length === 0,
  rawValidation: (schema, data) => ({ errors: problemsOf(schema as Schema, data) as never[] }),
};

function problemsOf(schema: Schema, data: unknown): OutputUnit[] {
  const { errors } = new Validator(schema, "2020-12", false).validate(data);
  // an error of a part is repeated by what it is a part of
  return errors.filter(({ keyword }) => !["properties", "items", "allOf", "additionalProperties"].includes(keyword));
}

function formError({ instanceLocation, keyword, error }: OutputUnit): RJSFValidationError {
  const missing = keyword === "required" ? /property "([^"]+)"/.exec(error)?.[1] : undefined;
  const path = instanceLocation.split("/").slice(1).map(decodeURIComponent);
  const property = [...path, ...(missing === undefined ? [] : [missing])].map((part) => `.${part}`).join("");
  const message = (keyword === "format" ? formatWords(error) : WORDS[keyword]) ?? error;
  return { property, message, stack: `${property} ${message}` };
}

/** Yields what a text of a format looks like; the validator names the format in quotes. */
function formatWords(error: string): string {
  const format = Object.keys(FORMATS).find((name) => error.includes(`"${name}"`));
  return `Write ${format === undefined ? "it in the form that is told below" : FORMATS[format]}.`;
}

const FORMATS: Record<string, string> = {
  uri: "a whole address, such as https://example.com",
  date: "a date, such as 2026-01-31",
  "date-time": "a date with a time and a zone, such as 2026-01-31T09:00:00Z",
  email: "an address, such as somebody@example.com",
};

const WORDS: Partial<Record<string, string>> = {
  required: "This is needed.",
  pattern: "Write it in the form that is told below.",
  minLength: "It is too short.",
  type: "It is of the wrong kind.",
};
