import ts from "typescript-5";
import type { Resource } from "./sdk.ts";

/** One request that a method of the SDK makes, with the method's declared signature. */
export type Method = {
  verb: string;
  /** "/v1/customers/{customer}/tax_ids"; a parameter is named after the collection before it. */
  path: string;
  lists: "list" | "search" | null;
  declaration: ts.MethodDeclaration;
};

/** Yields every request to a constant path that a resource's classes make. Throws on a list whose path is computed. */
export function readMethods({ script, declarations }: Resource): Method[] {
  return script.statements
    .filter(ts.isClassDeclaration)
    .flatMap(({ name, members }) =>
      members.filter(ts.isMethodDeclaration).map((method) => [name?.text, method] as const),
    )
    .flatMap(([className, method]) => {
      const declaration = findDeclaration(declarations, className, method.name.getText());
      return findRequests(method).flatMap((request) => readRequest(request, declaration));
    });
}

function readRequest(
  [verb, path, , , options]: ts.NodeArray<ts.Expression>,
  declaration: ts.MethodDeclaration,
): Method[] {
  const constantPath = path && readPath(path);
  const lists = readMethodType(options);
  if (verb && ts.isStringLiteral(verb) && constantPath) {
    return [{ verb: verb.text, path: constantPath, lists, declaration }];
  }
  if (lists === null) return [];
  throw new Error(`the SDK's ${declaration.getText()} lists a path that is not constant`);
}

function findRequests(node: ts.Node): ts.NodeArray<ts.Expression>[] {
  const found: ts.NodeArray<ts.Expression>[] = [];
  const visit = (child: ts.Node): void => {
    if (ts.isCallExpression(child) && child.expression.getText() === "this._makeRequest") found.push(child.arguments);
    ts.forEachChild(child, visit);
  };
  visit(node);
  return found;
}

function readPath(node: ts.Expression): string | null {
  if (ts.isStringLiteral(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return null;
  return node.templateSpans.reduce(
    (path, span) => `${path}{${nameParameter(path)}}${span.literal.text}`,
    node.head.text,
  );
}

/** "/v1/credit_notes/" gives "credit_note". */
function nameParameter(path: string): string {
  const collection = path.split("/").at(-2) ?? "";
  return collection
    .replace(/ies$/, "y")
    .replace(/(ss|x)es$/, "$1")
    .replace(/([^s])s$/, "$1");
}

function readMethodType(options: ts.Expression | undefined): Method["lists"] {
  if (!options || !ts.isObjectLiteralExpression(options)) return null;
  const property = options.properties.find((each) => each.name?.getText() === "methodType");
  if (!property || !ts.isPropertyAssignment(property) || !ts.isStringLiteral(property.initializer)) return null;
  const type = property.initializer.text;
  if (type !== "list" && type !== "search") throw new Error(`the SDK has a new method type, ${type}`);
  return type;
}

function findDeclaration(file: ts.SourceFile, className: string | undefined, name: string): ts.MethodDeclaration {
  const declaration = file.statements
    .filter(ts.isClassDeclaration)
    .find((each) => each.name?.text === className)
    ?.members.filter(ts.isMethodDeclaration)
    .find((each) => each.name.getText() === name);
  if (!declaration) throw new Error(`${file.fileName} does not declare ${className}.${name}`);
  return declaration;
}
