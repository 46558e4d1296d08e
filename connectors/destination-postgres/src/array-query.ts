import { Query, type ClientBase, type Connection, type QueryResultRow } from "pg";

const BIND = Buffer.from("B");
const [BINARY, TEXT] = [1, 0];

/** A statement and its parameters, each in the binary format. */
export type ArrayStatement = { text: string; parameters: readonly Buffer[] };

/**
 * Statements that go to the server in one piece, one after the other until one fails; their parameters are written to
 * the socket as they are, where the driver would copy each several times.
 */
class ArrayQuery extends Query {
  override submit: (connection: Connection) => void;

  constructor(statements: readonly ArrayStatement[]) {
    super(statements.map(({ text }) => text).join("; "));
    this.submit = (connection) => {
      const { stream } = connection;
      stream.cork();
      for (const { text, parameters } of statements) {
        connection.parse({ name: "", text, types: [] }, true);
        for (const part of bindMessage(parameters)) stream.write(part);
        connection.describe({ type: "P", name: "" }, true);
        connection.execute(null, true);
      }
      connection.sync();
      stream.uncork();
    };
  }
}

type Answer = { rows: QueryResultRow[] };

/**
 * Resolves to the rows that each statement answers, in one round trip. The parameters must not change until then.
 * Rejects as the driver does with the first failure; the statements behind it were not executed.
 */
export function queryWithArrays(
  client: ClientBase,
  ...statements: readonly ArrayStatement[]
): Promise<QueryResultRow[][]> {
  return new Promise((resolve, reject) => {
    const query = new ArrayQuery(statements);
    // the driver gives the answer alone where there is one
    query.on("end", (answers: Answer | Answer[]) => resolve([answers].flat().map(({ rows }) => rows)));
    query.on("error", reject);
    client.query(query);
  });
}

/** The Bind message of the unnamed statement: https://www.postgresql.org/docs/current/protocol-message-formats.html */
function* bindMessage(parameters: readonly Buffer[]): Generator<Buffer> {
  const names = Buffer.alloc(2);
  const formats = int16s(1, BINARY);
  const results = int16s(1, TEXT);
  const count = int16s(parameters.length);
  const sizes = parameters.reduce((sum, { length }) => sum + 4 + length, 0);
  const bytes = 4 + names.length + formats.length + count.length + sizes + results.length;
  yield Buffer.concat([BIND, int32(bytes), names, formats, count]);
  for (const parameter of parameters) {
    yield int32(parameter.length);
    yield parameter;
  }
  yield results;
}

function int32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int16s(...values: number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * 2);
  for (const [index, value] of values.entries()) bytes.writeInt16BE(value, index * 2);
  return bytes;
}
