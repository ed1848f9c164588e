import { archive, sh } from "./lib/shell";
import { codeOf, lengthOf } from "./lib/text";
import { suggest, writer } from "./lib/writer";

export async function all(prompt: string) {
  sh(await suggest(prompt));
  archive("/srv");
  eval(await writer.write(prompt)); // expect: taint code
  eval(codeOf(await suggest(prompt))); // expect: taint code
  eval(`${lengthOf(await suggest(prompt))} + 1`);
}
