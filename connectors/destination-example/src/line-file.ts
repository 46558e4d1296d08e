import { open, readFile, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

const LF = 0x0a;

/** A file of lines that is only appended to, and that never keeps half a line. */
export class LineFile {
  readonly #file: FileHandle;
  #isDirty = false;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Opens or makes the file; drops a last line that a crash has cut, which no state can have covered. */
  static async open(path: string): Promise<LineFile> {
    const file = await open(path, "a+");
    const { size } = await file.stat();
    const last = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    if (last.bytesRead === 1 && last.buffer[0] !== LF) await file.truncate((await readFile(path)).lastIndexOf(LF) + 1);
    await syncFolder(dirname(path));
    return new LineFile(file);
  }

  async append(lines: string): Promise<void> {
    this.#isDirty = true;
    await this.#file.appendFile(lines);
  }

  /** Resolves once everything appended so far would survive a loss of power. */
  async sync(): Promise<void> {
    if (!this.#isDirty) return;
    await this.#file.datasync();
    this.#isDirty = false;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** A new file is safe once its folder's entry is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  await folder.sync();
  await folder.close();
}
