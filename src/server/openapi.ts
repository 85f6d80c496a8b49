// The service's description in the terms of OpenAPI.
import { refusalCodes } from "./refusal.js";

/** The kinds of picture that are told of; whatever else can be decoded is taken as well. */
const mediaTypes = ["image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"];

const json = (name: string) => ({ "application/json": { schema: { $ref: `#/components/schemas/${name}` } } });
const refused = (description: string) => ({ description, content: json("Error") });
const answered = (description: string, name: string) => ({ description, content: json(name) });
const retryAfter = {
  "Retry-After": { description: "Seconds until it is worth trying again.", schema: { type: "integer" } },
};
const probability = { type: "number", minimum: 0, maximum: 1 };

const schemas = (labels: readonly string[] | undefined) => ({
  Predictions: {
    description: "One entry per image, in order.",
    type: "array",
    items: { anyOf: [{ $ref: "#/components/schemas/Tagged" }, { $ref: "#/components/schemas/Unreadable" }] },
  },
  Tagged: {
    type: "object",
    required: ["image", "probabilities", "labels"],
    properties: {
      image: { type: "string", description: "The file's name, or `picture N` where it has none." },
      probabilities: {
        type: "object",
        description: "By label.",
        ...(labels && { required: labels }),
        additionalProperties: probability,
      },
      labels: {
        type: "array",
        description: "Those whose probability is at least their threshold.",
        items: { type: "string", ...(labels && { enum: labels }) },
      },
    },
  },
  Unreadable: {
    type: "object",
    required: ["image", "error"],
    properties: { image: { type: "string" }, error: { type: "string", description: "Why: a sentence." } },
  },
  Labels: {
    type: "object",
    required: ["labels", "thresholds"],
    properties: {
      labels: { type: "array", items: { type: "string" } },
      thresholds: {
        type: "array",
        description: "One per label: an image has the label if its probability is at least this.",
        items: probability,
      },
    },
  },
  Health: {
    type: "object",
    required: ["status"],
    description: "Only the status, unless the request carries the token.",
    properties: {
      status: { type: "string", enum: ["ok", "stopping", "failing"] },
      backbone: { type: "string" },
      labels: { type: "integer", description: "How many." },
      created: { type: "string", format: "date-time", description: "When the bundle was written." },
    },
  },
  Error: {
    type: "object",
    required: ["error", "code"],
    properties: {
      error: { type: "string", description: "What is wrong: a sentence." },
      code: { type: "string", description: "What is wrong, for programs.", enum: refusalCodes },
      pictures: {
        type: "array",
        description: "If no image could be read: why, for each.",
        items: { $ref: "#/components/schemas/Unreadable" },
      },
    },
  },
});

export interface DescriptionOptions {
  /** Left out for those who may not know them. */
  readonly labels?: readonly string[];
  /** Whether requests must bear a token. */
  readonly secured: boolean;
}

/** An OpenAPI 3.1 document. */
export function openapi({ labels, secured }: DescriptionOptions) {
  const guarded = secured ? { security: [{ token: [] }] } : {};
  const unauthorized = secured
    ? {
        400: refused("The header Authorization is malformed."),
        401: refused("The bearer token is missing or wrong."),
      }
    : {};
  const binary = Object.fromEntries(mediaTypes.map((type) => [type, {}]));
  return {
    openapi: "3.1.0",
    info: {
      title: "multihot",
      version: "1.0.0",
      summary: "Tags images: the probability of each label.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "." }],
    paths: {
      "/predict": {
        post: {
          operationId: "predict",
          summary: "Tags one or more images.",
          ...guarded,
          requestBody: {
            required: true,
            description: "The bytes of an image, or a form with one or more files.",
            content: {
              ...binary,
              "application/octet-stream": {},
              "multipart/form-data": {
                schema: {
                  type: "object",
                  properties: {
                    image: {
                      type: "array",
                      description: "The files; any other name will do as well.",
                      items: { type: "string", contentMediaType: "image/*" },
                    },
                  },
                },
              },
            },
          },
          responses: {
            200: answered("At least one image was tagged; those that can't be read say why.", "Predictions"),
            ...unauthorized,
            400: refused("The request holds no image, or is malformed."),
            408: refused("The request was not complete in time."),
            413: refused("The body is too large, or there are too many images."),
            422: refused("None of the images could be read."),
            500: refused("The service failed; its log says how."),
            503: { ...refused("The queue is full, or the answer took too long."), headers: retryAfter },
          },
        },
      },
      "/labels": {
        get: {
          operationId: "labels",
          summary: "The labels and their thresholds.",
          ...guarded,
          responses: { 200: answered("All of them, in the model's order.", "Labels"), ...unauthorized },
        },
      },
      "/health": {
        get: {
          operationId: "health",
          summary: "Whether the service works.",
          responses: {
            200: answered("It does.", "Health"),
            503: answered("It is stopping, or its last batch failed.", "Health"),
          },
        },
      },
      "/metrics": {
        get: {
          operationId: "metrics",
          summary: "What the service counts, in Prometheus' text format.",
          ...guarded,
          responses: {
            200: { description: "The metrics.", content: { "text/plain": { schema: { type: "string" } } } },
            ...unauthorized,
          },
        },
      },
    },
    components: {
      schemas: schemas(labels),
      ...(secured ? { securitySchemes: { token: { type: "http", scheme: "bearer" } } } : {}),
    },
  };
}
