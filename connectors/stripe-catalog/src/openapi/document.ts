import { SluiceError } from "@sluice/protocol";
import { z } from "zod";

/** A schema of an OpenAPI 3.0 document, as far as the catalog looks at it. */
export type OasSchema = {
  $ref?: string | undefined;
  type?: string | undefined;
  format?: string | undefined;
  nullable?: boolean | undefined;
  enum?: unknown[] | undefined;
  properties?: Record<string, OasSchema> | undefined;
  required?: string[] | undefined;
  items?: OasSchema | undefined;
  anyOf?: OasSchema[] | undefined;
  oneOf?: OasSchema[] | undefined;
  additionalProperties?: boolean | OasSchema | undefined;
  "x-resourceId"?: string | undefined;
};

const OasSchema: z.ZodType<OasSchema> = z.lazy(() =>
  z.looseObject({
    $ref: z.string().optional(),
    type: z.string().optional(),
    format: z.string().optional(),
    nullable: z.boolean().optional(),
    enum: z.array(z.unknown()).optional(),
    properties: z.record(z.string(), OasSchema).optional(),
    required: z.array(z.string()).optional(),
    items: OasSchema.optional(),
    anyOf: z.array(OasSchema).optional(),
    oneOf: z.array(OasSchema).optional(),
    additionalProperties: z.union([z.boolean(), OasSchema]).optional(),
    "x-resourceId": z.string().optional(),
  }),
);

const Media = z.looseObject({ schema: OasSchema.optional() });

const Operation = z.looseObject({
  parameters: z
    .array(
      z.looseObject({
        name: z.string(),
        in: z.string(),
        required: z.boolean().optional(),
        schema: OasSchema.optional(),
      }),
    )
    .default([]),
  requestBody: z.looseObject({ content: z.record(z.string(), Media) }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: z.record(z.string(), Media).optional() })),
});

/** One request that the document describes. */
export type Operation = z.infer<typeof Operation>;

const OpenApiDocument = z.looseObject({
  openapi: z.string().startsWith("3."),
  info: z.looseObject({ version: z.string().regex(/^\d{4}-\d{2}-\d{2}(\.[a-z]+)?$/) }),
  paths: z.record(
    z.string(),
    z.looseObject({ get: Operation.optional(), post: Operation.optional(), delete: Operation.optional() }),
  ),
  components: z.looseObject({ schemas: z.record(z.string(), OasSchema) }),
});

/** An OpenAPI document of Stripe's API. */
export type OpenApiDocument = z.infer<typeof OpenApiDocument>;

/** Yields a document; throws `config` for what is no OpenAPI document of Stripe's API, and says where it is not. */
export function readDocument(value: unknown): OpenApiDocument {
  const result = OpenApiDocument.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new SluiceError(
    "config",
    `That is no OpenAPI 3 document of Stripe's API: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unreadable"}. Give one such as spec3.json of github.com/stripe/openapi.`,
  );
}

/** Yields what a successful answer holds. */
export function answerSchema(operation: Operation | undefined): OasSchema | undefined {
  return operation?.responses["200"]?.content?.["application/json"]?.schema;
}
