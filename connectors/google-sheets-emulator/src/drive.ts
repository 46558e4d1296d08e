import { randomBytes } from "node:crypto";
import { ApiError } from "./api-error.ts";
import { Spreadsheet, notFound } from "./document/spreadsheet.ts";
import type { Limits } from "./settings.ts";

type Role = "reader" | "writer";
/** What a new spreadsheet is to be; each has a default. */
export type NewSpreadsheet = {
  id?: string | undefined;
  title?: string | undefined;
  writers?: readonly string[] | undefined;
};

const UNTITLED = "Untitled spreadsheet";

/** All spreadsheets, and who may read or write them. */
export class Drive {
  readonly #limits: Limits;
  readonly #files = new Map<string, { file: Spreadsheet; roles: Map<string, Role> }>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Adds a spreadsheet without tabs, which belongs to `user`. */
  create(id: string, title: string, user: string | undefined): Spreadsheet {
    const file = new Spreadsheet(id, title, this.#limits);
    this.#files.set(id, { file, roles: new Map(user === undefined ? [] : [[user, "writer"]]) });
    return file;
  }

  /** Adds a spreadsheet with one empty tab, which the users may write; yields its id. */
  createEmpty({ id = randomBytes(22).toString("base64url"), title = UNTITLED, writers = [] }: NewSpreadsheet): string {
    this.create(id, title, undefined).addSheet({ title: "Sheet1" });
    for (const user of writers) this.share(id, user, "writer");
    return id;
  }

  /** Lets a user read or write a spreadsheet; throws the API's refusal of one that there is not. */
  share(id: string, user: string, role: Role): void {
    this.#find(id).roles.set(user, role);
  }

  readable(id: string | undefined, user: string | undefined): Spreadsheet {
    const { file, roles } = this.#find(id);
    if (user !== undefined && !roles.has(user)) throw denied();
    return file;
  }

  writable(id: string | undefined, user: string | undefined): Spreadsheet {
    const { file, roles } = this.#find(id);
    if (user !== undefined && roles.get(user) !== "writer") throw denied();
    return file;
  }

  #find(id: string | undefined) {
    const found = this.#files.get(id ?? "");
    if (found === undefined) throw notFound();
    return found;
  }
}

function denied(): ApiError {
  return new ApiError(403, "The caller does not have permission");
}
