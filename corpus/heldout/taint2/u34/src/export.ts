import Anthropic from "@anthropic-ai/sdk";
import { createWriteStream, unlinkSync, readFileSync, mkdirSync } from "node:fs";
import { basename, join, resolve, relative, isAbsolute } from "node:path";

const anthropic = new Anthropic();
const ROOT = resolve("/data/export");

abstract class Exporter {
  abstract target(name: string): string;

  async run(brief: string): Promise<string> {
    const msg = await anthropic.messages.create({
      model: "claude-haiku-4-5",
      max_tokens: 200,
      messages: [{ role: "user", content: `file name, then text, for ${brief}` }],
    });
    const first = msg.content[0];
    const [name, ...rest] = (first.type === "text" ? first.text : "").split("\n");
    return this.write(name, rest.join("\n"));
  }

  protected abstract write(name: string, body: string): string;
}

export class LooseExporter extends Exporter {
  target(name: string) {
    return join(ROOT, name);
  }
  protected write(name: string, body: string) {
    createWriteStream(this.target(name)).end(body);
    return name;
  }
}

export class LeafExporter extends Exporter {
  target(name: string) {
    return join(ROOT, basename(name));
  }
  protected write(name: string, body: string) {
    createWriteStream(this.target(name)).end(body);
    return name;
  }
}

export class RelativeExporter extends Exporter {
  target(name: string) {
    const rel = relative(ROOT, resolve(ROOT, name));
    if (rel.startsWith("..") || isAbsolute(rel)) throw new Error("outside");
    return join(ROOT, rel);
  }
  protected write(name: string, body: string) {
    const file = this.target(name);
    createWriteStream(file).end(body);
    return file;
  }
}

export class Cleaner extends Exporter {
  target(name: string) {
    return `${ROOT}/${name.trim()}`;
  }
  protected write(name: string, _body: string) {
    unlinkSync(this.target(name));
    return "";
  }
}

export function prepare() {
  mkdirSync("/data/export", { recursive: true });
  return readFileSync("/data/export/README", "utf8");
}
